"""A network taken apart again, as a description without rules."""

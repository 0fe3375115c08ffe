"""Networks taken apart again: as descriptions without rules, and as graphs of neurons."""

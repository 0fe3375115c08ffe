"""What is proved of a formula, and witnesses against it."""

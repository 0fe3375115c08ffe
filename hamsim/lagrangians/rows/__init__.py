"""The rows of the table; their formulas are in the file of the same name above."""

"""The Lagrangians: a table of facts, and their formulas."""

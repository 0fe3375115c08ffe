"""Trees of formulas, and the rules by which they become other trees."""

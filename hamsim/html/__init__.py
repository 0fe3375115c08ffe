"""HTML of whatever hamsim shows: templates and the elements that they are made of."""

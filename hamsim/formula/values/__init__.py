"""Values of trees: of arrays of states, in decimals, and in numbers of any size."""

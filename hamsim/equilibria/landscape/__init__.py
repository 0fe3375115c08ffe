"""All rest states at once: starts, merging, shares of basins, saddles between minima."""

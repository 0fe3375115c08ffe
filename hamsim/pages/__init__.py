"""Reports as pages: one file with everything that is to be seen of a network, a run or a sweep."""

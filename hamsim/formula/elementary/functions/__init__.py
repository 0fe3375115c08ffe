"""One file a function: each has its row as ``FUNCTION``, and the name of the function."""

"""Who takes the steps, a driver for each kind of method."""

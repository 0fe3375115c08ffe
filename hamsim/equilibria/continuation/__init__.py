"""Rest states along one parameter: the curve, its turns and crossings, and where its stability changes."""

"""One method a file: `ROW`, in a file of its name."""

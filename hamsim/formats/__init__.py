"""Networks in files of other forms: matrices, graphs, connectomes, and YAML written back."""

"""Trees in shorter forms, and in forms in which nothing cancels."""

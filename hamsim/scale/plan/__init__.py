"""What a sweep asks for: axes, the points of their product, and the jobs that are made of them."""

"""Ways to a gradient: each file gives `Found` of what is `Posed`."""

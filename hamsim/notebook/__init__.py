"""What notebooks show of networks and of what is found of them."""

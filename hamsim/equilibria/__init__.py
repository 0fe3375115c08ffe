"""Rest states of networks: where they are, which is reached, and what they are like."""

"""Learning: how a loss of states changes with what a network is made of, and training."""

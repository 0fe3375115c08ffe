"""What drives the neurons and what follows from it: scaling, and neurons with tau = 0."""

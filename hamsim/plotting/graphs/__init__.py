"""Pictures of what a network is: its groups, its neurons, its weights, and its certificate."""

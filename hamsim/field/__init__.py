"""What drives the neurons, W g + I - x, and what follows from it.

Its derivative by the state, its neurons with tau = 0, and the scaling with which its energy falls.
"""

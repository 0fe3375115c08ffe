"""Discrete dynamics: neurons are set one by one, or all at once, and time counts sweeps."""

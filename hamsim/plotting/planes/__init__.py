"""Planes through the state space: how two neurons move, and where the energy is low."""

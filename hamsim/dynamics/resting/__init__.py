"""How trials go to rest: sweeps that lower the energy, and implicit steps that grow."""

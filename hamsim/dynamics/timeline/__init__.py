"""Before time passes: which method, which steps, where stretches of constant input lie."""

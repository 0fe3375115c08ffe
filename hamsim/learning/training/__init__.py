"""Training: batches of examples, steps that lower a loss, and what is kept after each epoch."""

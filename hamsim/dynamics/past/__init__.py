"""What delayed synapses remember."""

"""Graphs of neurons: nodes as groups, edges as synapses, and back."""

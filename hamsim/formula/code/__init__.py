"""Formulas as text of Python modules, to be compiled.

`writing` makes the module, of functions of one neuron, or of passes over a group
(`writing_group`), and `statements` the lines that compute a tree.
"""

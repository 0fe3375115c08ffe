"""How neurons are written, and which numbers they have: the one room that reads their names.

A neuron is written as its name, `group.name`, `group[3]` or `group[2, 5]` by the group's shape, or
its number from 0. Where several may be meant, `group` is all of its neurons and `group[2:5]`, or
`group[0:2, :]` by its shape, a range of them, as in Python without the last.
"""

from hamsim.numbering.numbering import Numbering

__all__ = ["Numbering"]

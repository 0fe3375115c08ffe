"""Inputs that are wrong in all the ways that a seed can think of, and a judge of what hamsim says.

`inputs` makes an input of a seed and a number alone, with one module a kind of input; `doors` puts
it into hamsim; `judge` says what is wrong with what came of it; `crew` does that in other processes
that may crash, hang or grow.
"""

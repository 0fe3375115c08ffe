"""Whole pages: a network, what is guaranteed of it, what happened, how to repeat it.

`subject` finds out what is given, each other module writes a part of the page, `write` puts them
together to one file.
"""

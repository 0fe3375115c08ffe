"""Certificates of files, which several tests ask for and which take long."""

from functools import cache

import hamsim

__all__ = ["certificate_of"]


@cache
def certificate_of(path):
    """The certificate of a file, once in a process."""
    return hamsim.check(path)

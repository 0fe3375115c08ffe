"""Pictures; matplotlib is imported only here."""

from hamsim.plotting.library import load_library

load_library()

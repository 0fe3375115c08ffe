"""The number that says when results of earlier runs do not hold any more."""

__all__ = ["RESULTS"]

# Raise it with whatever changes the bits of a run: what is in a store under another number is kept,
# and not found. `CHANGELOG.md` says so under *Changed results*.
RESULTS = 1

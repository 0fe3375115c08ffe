"""Results of many runs in one folder, found again by what made them."""

from hamsim.scale.store.row import Row
from hamsim.scale.store.store import Store

__all__ = ["Row", "Store"]

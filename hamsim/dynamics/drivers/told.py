"""What is told of steps that were chosen."""

from __future__ import annotations

from typing import Any

from hamsim.arrays import Floats, Ints

__all__ = ["figures_of"]


def figures_of(
    single: bool, products: Ints, refused: Ints, taken: Ints, shortest: Floats, longest: Floats
) -> dict[str, Any]:
    """Fields of `Stats`, from figures of each trial."""
    any_taken = taken.any()
    return {
        "products": int(products[0]) if single else tuple(products.tolist()),
        "rejected": int(refused.sum()),
        "shortest": float(shortest.min()) if any_taken else None,
        "longest": float(longest.max()) if any_taken else None,
    }

"""Neurons that receive the mean of a window of each channel of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hamsim.spec.datafiles import DataFiles
from hamsim.spec.ends import End, in_reading_order
from hamsim.spec.misfit import WEIGHTS, Misfit
from hamsim.spec.numbers import Part
from hamsim.spec.rule import Example, Rule
from hamsim.spec.windows import Padding, Sides, first_is_image

if TYPE_CHECKING:
    from hamsim.spec.connections import ConnectionSpec

__all__ = ["RULE", "AveragePool", "image_is_first"]


class PoolSettings(Part):
    """A window and how it moves; without `stride` windows do not overlap.

    Parameters
    ----------
    window : (int, int)
        Pixels down and across; one number for both.
    stride : (int, int), optional
        From one window to the next, down and across.
    padding : {"valid", "same"}
        Windows stay inside the image, or reach beyond its edges, so that none is left out.
    """

    window: Sides
    stride: Sides | None = None
    padding: Padding = "valid"


class AveragePool(Part):
    """Neurons that receive the mean of a window of each channel of an image.

    Parameters
    ----------
    average_pool : mapping
        The window, and how it moves.
    """

    average_pool: PoolSettings


def _fit(
    rule: AveragePool, connection: ConnectionSpec, ends: Sequence[End], files: DataFiles
) -> None:
    if connection.kind == "within":
        raise Misfit(WEIGHTS, "average_pool is for two groups: between: [image, pooled]")
    image_is_first(rule, *in_reading_order(connection, ends))


def image_is_first(rule: AveragePool, first: End, second: End) -> bool:
    """Whether the first end is the image that is pooled, or the second."""
    pool = rule.average_pool
    stride = pool.stride or pool.window
    return first_is_image(first, second, "average_pool", pool.window, stride, pool.padding, "alike")


RULE = Rule(
    AveragePool,
    _fit,
    Example(
        {"image": [1, 4], "pooled": [1, 2]},
        {"from": "image", "to": "pooled", "weights": {"average_pool": {"window": [1, 2]}}},
        [*[[0] * 6] * 4, [0.5, 0.5, 0, 0, 0, 0], [0, 0, 0.5, 0.5, 0, 0]],
    ),
    lists=True,
    place=4,
)

"""HTML of results, for notebooks: what matters at a glance, and the rest in parts that open."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["html_of"]

# The module here of each class that is shown, whose function `show` gives the HTML.
_HOMES = {
    "Attractors": "attractors",
    "Basins": "basins",
    "Branch": "branches",
    "Branches": "branches",
    "Certificate": "certificate",
    "EnergyParts": "energy",
    "EnergyPlane": "planes",
    "FixedPoint": "fixed_point",
    "Gradient": "gradient",
    "GradientCheck": "gradient",
    "Network": "network",
    "PhasePlane": "planes",
    "Recalled": "recalled",
    "RunCheck": "certificate",
    "Solution": "solution",
    "Spec": "spec",
    "Stability": "stability",
    "SweepResults": "sweep",
    "Table": "table",
    "Trace": "trace",
    "Trained": "trained",
}


def html_of(shown: Any) -> str | None:
    """HTML of a result; None where its text says as much.

    Parameters
    ----------
    shown : object
        Of a class that is `Shown`.
    """
    names = [kind.__name__ for kind in type(shown).__mro__]
    home = next((_HOMES[name] for name in names if name in _HOMES), None)
    if home is None:
        return None
    found: str = str(import_module(f"{__name__}.{home}").show(shown))
    return found

"""Which derivatives a family's parameter has."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hamsim.lagrangians.row import Lagrangian
from hamsim.lagrangians.sensitivity import additive, norms, sparsemax
from hamsim.lagrangians.sensitivity.derived import derived
from hamsim.lagrangians.sensitivity.kind import Sensitivity

__all__ = ["WRITTEN_OUT", "Sensitivity", "sensitivity_of"]

# By family and parameter; all others are derived of the family as a formula.
WRITTEN_OUT: Mapping[str, Mapping[str, Sensitivity]] = MappingProxyType(
    {**additive.SENSITIVITIES, **norms.SENSITIVITIES, **sparsemax.SENSITIVITIES}
)


def sensitivity_of(row: Lagrangian, parameter: str) -> Sensitivity:
    """Derivatives of a family of the table, or of a user's formula, by one of its parameters."""
    if row.name in WRITTEN_OUT and not row.formula:
        return WRITTEN_OUT[row.name][parameter]
    return derived(row.formula or row.written, parameter)

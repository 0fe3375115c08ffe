"""How a problem is solved: by a gain that rises, or a temperature that falls."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, model_validator

from hamsim.spec.messages import shown, wrong
from hamsim.spec.numbers import Count, Part, Positive

__all__ = ["SolveSpec"]


def _two(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise wrong(f"must be a list of two, [first, last], not {shown(value)}")
    return tuple(value)


FromTo: TypeAlias = Annotated[
    tuple[Positive, Positive],
    BeforeValidator(_two, json_schema_input_type=list[float | str]),
]


class SolveSpec(Part):
    """Annealing, from the network's initial states.

    Parameters
    ----------
    gain : (float, float)
        Of graded neurons: the first and the last number that all weights and inputs are multiplied
        by.
    temperature : (float, float)
        Of binary neurons, instead: the first and the last temperature.
    stages : int
        So many gains or temperatures in all, with equal quotients. Each gain holds for an equal
        part of the run, each temperature for a sweep.
    starts : int
        So many runs, of which each draws its initial states, and noise, for itself.

    Examples
    --------
    {gain: [0.5, 20], starts: 10}
    {temperature: [5, 0.1], stages: 200}
    """

    gain: FromTo | None = None
    temperature: FromTo | None = None
    stages: Count = 100
    starts: Count = 1

    @model_validator(mode="after")
    def _one_of_both(self) -> SolveSpec:
        if (self.gain is None) == (self.temperature is None):
            raise wrong("give gain, for graded neurons, or temperature, for binary ones")
        return self

"""What a trace says once: network, groups and where it comes from; how the run ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.row import Lagrangian
from hamsim.lagrangians.table import TABLE
from hamsim.network import Group
from hamsim.provenance import Provenance
from hamsim.trace import expected as forms
from hamsim.trace.acting import decode_acting, decode_courses, encode_acting
from hamsim.trace.expected import FormError
from hamsim.trace.outcome import Outcome, OutcomeKind
from hamsim.trace.stats import EnergyStretch, EnergyWatch, Stats
from hamsim.trace.trace import Header

__all__ = [
    "UNITS",
    "decode_ending",
    "decode_groups",
    "decode_head",
    "encode_ending",
    "encode_groups",
    "encode_head",
]

UNITS = {
    "x": "state",
    "g": "activation",
    "energy": "energy",
    "residual": "max |W g + I - x| over neurons that are free to move",
}
# Groups as one JSON text, in which parameters that differ have a place among other numbers.
Parameters = Callable[[Any, int, str], Floats]


def encode_groups(groups: Sequence[Group], keep: Callable[[Floats], Any]) -> list[dict[str, Any]]:
    """Facts of groups for JSON; `keep` says what stands for numbers that differ in a group."""

    def short(values: Floats) -> Any:
        same = bool(np.all(values == values[0]))
        return float(values[0]) if same else keep(values)

    return [
        {
            "name": group.name,
            "start": group.start,
            "stop": group.stop,
            "shape": list(group.shape),
            "lagrangian": group.lagrangian,
            "formula": group.family.formula,
            "parameters": {name: short(values) for name, values in group.parameters.items()},
            "over": list(group.over),
            "neuron_names": list(group.neuron_names),
        }
        for group in groups
    ]


_GROUP: dict[str, forms.Check] = {
    "name": forms.text,
    "start": forms.whole,
    "stop": forms.whole,
    "shape": forms.list_of(forms.whole),
    "lagrangian": forms.text,
    "formula": forms.text,
    "parameters": forms.table,
    "over": forms.list_of(forms.whole),
    "neuron_names": forms.list_of(forms.text),
}


def decode_groups(facts: list[Any], values_of: Parameters) -> tuple[Group, ...]:
    """Inverse of `encode_groups`."""
    groups: list[Group] = []
    names = set()
    for number, entry in enumerate(facts):
        # Traces of long ago need not have all.
        entry = {"formula": "", "over": [], "neuron_names": [], **forms.table(entry, "a group")}
        found = forms.fields(entry, f"groups[{number}]", _GROUP)
        where = f"group '{found['name'][:80]}'"
        start, stop, shape = found["start"], found["stop"], found["shape"]
        size = stop - start
        if start != (groups[-1].stop if groups else 0) or size < 1:
            raise FormError(f"{where} has neurons {start} to {stop}, which do not follow")
        if not shape or len(shape) > 32 or _product(shape) != size:
            raise FormError(f"{where} has a shape that is not that of its neurons")
        if any(axis >= len(shape) for axis in found["over"]):
            raise FormError(f"{where} has an axis that it does not have")
        if len(found["neuron_names"]) not in (0, size):
            raise FormError(f"{where} has names for some of its neurons")
        if found["name"] in names:
            raise FormError(f"{where} is there twice")
        names.add(found["name"])
        family = _family(found["lagrangian"], found["formula"], where)
        if set(found["parameters"]) != {parameter.name for parameter in family.parameters}:
            raise FormError(f"{where} has other parameters than its Lagrangian")
        parameters = {
            name: _read_only(values_of(value, size, f"{where}, parameter {name}"))
            for name, value in found["parameters"].items()
        }
        groups.append(
            Group(
                found["name"],
                start,
                stop,
                shape,
                family,
                parameters,
                found["over"],
                found["neuron_names"],
            )
        )
    return tuple(groups)


def _product(shape: Sequence[int]) -> int:
    result = 1
    for side in shape:
        result *= side
    return result


def _family(name: str, formula: str, where: str) -> Lagrangian:
    try:
        if formula:
            return formula_family(formula)
        return TABLE[name]
    except (HamsimError, KeyError, ValueError, RecursionError):
        raise FormError(f"{where} has a Lagrangian that hamsim does not know") from None


def _read_only(values: Floats) -> Floats:
    values.flags.writeable = False
    return values


def encode_head(header: Header, records: int) -> tuple[bytes, bytes]:
    """Text and arrays of the head of a trace with so many records in each block."""
    arrays = [header.columns.astype("<i8"), header.tau.astype("<f8")]

    def keep(values: Floats) -> str:
        arrays.append(values.astype("<f8"))
        return "one a neuron"

    facts = {
        "network": header.name,
        "made": header.made.to_dict(),
        "groups": encode_groups(header.groups, keep),
        "recorded": int(header.columns.size),
        "trials": header.trials,
        "what": list(header.what),
        "dtype": header.dtype,
        "records_a_block": records,
        "stimuli": encode_acting(header.stimuli, keep),
        "symmetric": header.symmetric,
    }
    # Escapes write everything in ASCII, and no line ends; the source is one text of any length.
    source = header.source.encode("utf-8", "surrogatepass")
    text = json.dumps(facts).encode() + b"\n" + source
    return text, b"".join(array.tobytes() for array in arrays)


_HEAD: dict[str, forms.Check] = {
    "network": forms.text,
    "made": forms.table,
    "groups": lambda value, where: value,
    "recorded": lambda value, where: forms.whole(value, where, 1),
    "trials": forms.optional(lambda value, where: forms.whole(value, where, 1)),
    "what": forms.list_of(forms.text),
    "dtype": forms.text,
    "records_a_block": lambda value, where: forms.whole(value, where, 1),
    "stimuli": decode_acting,
    "symmetric": forms.optional(forms.truth),
}
_LATER: dict[str, Any] = {"stimuli": [], "symmetric": None}  # what traces of before do not say
_MADE: dict[str, forms.Check] = {
    "hamsim": forms.text,
    "date": forms.text,
    "seed": forms.optional(forms.whole),
    "overrides": forms.table,
    "method": forms.text,
    "dt": forms.optional(forms.number),
    "dtype": forms.text,
    "threads": forms.optional(forms.whole),
}


def decode_head(content: bytes, arrays: bytes) -> tuple[Header, int]:
    """Inverse of `encode_head`."""
    content, _, source = content.partition(b"\n")
    # Names of neurons are as many as there are tau.
    if content.count(b",") > 20_000 + 30 * content.count(b"{") + len(arrays) // 8:
        raise FormError("its head is not what hamsim writes")
    said = forms.table(forms.parse_json(content, "its head"), "head")
    facts = forms.fields({**_LATER, **said}, "head", _HEAD)
    try:
        source_text = source.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise FormError("its source is not text") from None
    made = forms.fields(facts["made"], "made", _MADE)
    taken = 0

    def take(count: int, kind: str) -> Any:
        nonlocal taken
        if taken + 8 * count > len(arrays):
            raise FormError("its head holds fewer numbers than it says")
        values = np.frombuffer(arrays, kind, count, taken)
        taken += 8 * count
        return values.astype(kind[1:])

    columns = take(facts["recorded"], "<i8")
    # How many neurons there are must be known before their parameters are read.
    listed = facts["groups"] if isinstance(facts["groups"], list) else []
    last = listed[-1] if listed and isinstance(listed[-1], dict) else {}
    tau = take(forms.whole(last.get("stop"), "its number of neurons", 1), "<f8")

    def values_of(value: Any, size: int, where: str) -> Floats:
        if value == "one a neuron":
            values: Floats = take(size, "<f8")
            return values
        return np.broadcast_to(np.float64(forms.number(value, where)), size)

    groups = decode_groups(listed, values_of)
    stimuli = decode_courses(facts["stimuli"], "what acts", lambda count: take(count, "<f8"))
    if taken != len(arrays):
        raise FormError("its head holds more numbers than it says")
    check_columns(columns, groups)
    if not np.all(tau >= 0):
        raise FormError("its tau is negative")
    what = facts["what"]
    if not what or len(set(what)) != len(what) or not set(what) <= set(UNITS):
        raise FormError("it has quantities that hamsim does not record")
    if facts["dtype"] not in ("float32", "float64"):
        raise FormError("its records are neither float32 nor float64")
    header = Header(
        facts["network"],
        groups,
        columns,
        facts["trials"],
        what,
        tau,
        source_text,
        facts["dtype"],
        Provenance(**made),
        stimuli,
        facts["symmetric"],
    )
    return header, facts["records_a_block"]


def check_columns(columns: Ints, groups: Sequence[Group]) -> None:
    """Require that the recorded neurons are there, and in order."""
    inside = columns.size and columns[0] >= 0 and columns[-1] < groups[-1].stop
    if not inside or np.any(np.diff(columns) <= 0):
        raise FormError("its recorded neurons are not neurons of its groups, in order")


def encode_ending(outcome: Outcome, stats: Stats) -> dict[str, Any]:
    """How a run ended, for JSON."""
    return {"outcome": asdict(outcome), "stats": stats.to_dict()}


def _kind(value: Any, where: str) -> Any:
    if value not in get_args(OutcomeKind):
        raise FormError(f"{where} is not how a run ends")
    return value


_OUTCOME: dict[str, forms.Check] = {
    "kind": _kind,
    "message": forms.text,
    "time": forms.number,
    "group": forms.optional(forms.text),
    "neuron": forms.optional(forms.text),
    "trial": forms.optional(forms.whole),
    "outcomes": forms.list_of(_kind),
    "periods": forms.list_of(forms.optional(forms.number)),
    "amplitudes": forms.list_of(forms.optional(forms.number)),
}
_STRETCH: dict[str, forms.Check] = {
    "begin": forms.number,
    "end": forms.number,
    "first": forms.number,
    "last": forms.number,
    "moving": forms.truth,
}


def _stretch(value: Any, where: str) -> EnergyStretch:
    return EnergyStretch(**forms.fields(value, where, _STRETCH))


_WATCH: dict[str, forms.Check] = {
    "start": forms.number,
    "end": forms.number,
    "rises": forms.whole,
    "largest_rise": forms.number,
    "relative_rise": forms.number,
    "time": forms.optional(forms.number),
    "first_time": forms.optional(forms.number),
    "trial": forms.optional(forms.whole),
    "noise": forms.truth,
    "moving": forms.number,
    "total_rise": forms.number,
    "allowed": forms.number,
    "stretches": forms.list_of(_stretch),
}


def _watch(value: Any, where: str) -> EnergyWatch:
    value = {
        "noise": False,
        "moving": 0.0,
        "total_rise": 0.0,
        "allowed": 0.0,
        "stretches": [],
        **forms.table(value, where),
    }  # older traces know of none
    return EnergyWatch(**forms.fields(value, where, _WATCH))


def _one_or_each(value: Any, where: str) -> Any:
    """One number, or one a trial."""
    check = forms.list_of(forms.whole) if isinstance(value, list) else forms.whole
    return check(value, where)


def _basin(value: Any, where: str) -> Any:
    """One word, or one a trial."""
    check = forms.list_of(forms.text) if isinstance(value, list) else forms.text
    return check(value, where)


_STATS: dict[str, forms.Check] = {
    "method": forms.text,
    "dt": forms.optional(forms.number),
    "steps": forms.whole,
    "evaluations": forms.whole,
    "time": forms.number,
    "seconds": forms.number,
    "preparation": forms.number,
    "threads": forms.whole,
    "residual": forms.number,
    "residuals": forms.list_of(forms.number),
    "energy": forms.optional(_watch),
    "notes": forms.list_of(forms.text),
    "products": _one_or_each,
    "rejected": forms.whole,
    "shortest": forms.optional(forms.number),
    "longest": forms.optional(forms.number),
    "seed": forms.optional(forms.whole),
    "why": forms.text,
    "basin": forms.optional(_basin),
    "sweeps": forms.optional(forms.whole),
    "flips": forms.optional(_one_or_each),
}


def decode_ending(facts: Mapping[str, Any], trials: int | None) -> tuple[Outcome, Stats]:
    """Inverse of `encode_ending`."""
    lacks_kind = "kind" not in forms.table(facts.get("outcome"), "outcome")
    outcome = forms.fields(facts.get("outcome"), "outcome", _OUTCOME, may_lack=True)
    if lacks_kind or "message" not in outcome:
        raise FormError("its outcome does not say how the run ended")
    if len(outcome.get("outcomes", ())) not in (0, trials or 1):
        raise FormError("its outcomes are not one a trial")
    stats = forms.fields(facts.get("stats"), "stats", _STATS, may_lack=True)
    return Outcome(**outcome), Stats(**stats)

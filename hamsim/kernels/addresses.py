"""Bundles of arrays as a table of addresses and shapes, and back.

Work on a network is compiled in separate functions, of which a network needs only some. All of
them are given the same table. A bundle in compiled code is nothing but the table's address: an
array is taken from the table where a function names it. So bundles are handed on at no cost, and
a function that is given one compiles quickly, however many arrays the bundle has.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
)
from numba.np.arrayobj import populate_array

from hamsim.arrays import Ints, place_of
from hamsim.kernels.discrete_hidden import Hidden
from hamsim.kernels.discrete_plan import Course, Fields, Graded, Synapses
from hamsim.kernels.implicit import Implicit
from hamsim.kernels.plan import (
    Accuracy,
    Buffers,
    Control,
    Convexity,
    Driven,
    Forces,
    Inside,
    Kicks,
    Late,
    Plan,
    Preserving,
    Programs,
    Records,
    Stability,
    Tableau,
)

__all__ = [
    "accuracy_at",
    "buffers_at",
    "control_at",
    "convexity_at",
    "course_at",
    "driven_at",
    "fields_at",
    "forces_at",
    "graded_at",
    "hidden_at",
    "implicit_at",
    "inside_at",
    "kicks_at",
    "late_at",
    "make_table",
    "plan_at",
    "plan_of_float32_at",
    "preserving_at",
    "programs_at",
    "records_at",
    "stability_at",
    "synapses_at",
    "tableau_at",
    "with_bundles",
]

_INTEGER = ir.IntType(64)
# Entries of an array: its address and up to three lengths. A number has its value in the first.
_SLOTS = 4
_BUNDLES: tuple[Any, ...] = (
    Plan,
    Forces,
    Tableau,
    Accuracy,
    Buffers,
    Programs,
    Records,
    Control,
    Inside,
    Implicit,
    Kicks,
    Driven,
    Convexity,
    Preserving,
    Late,
    Stability,
    Synapses,
    Graded,
    Hidden,
    Fields,
    Course,
)
_NO_LENGTHS = ((0, 0, 0), (0, 0), (0,), ())  # of arrays with fewer than three
_PLACES = np.cumsum([0, *(len(bundle._fields) for bundle in _BUNDLES)]).tolist()
_FIRST = dict(zip(_BUNDLES, _PLACES[:-1], strict=True))


def make_table(
    *bundles: Any,
) -> Ints:
    """Write down where everything is; the bundles must be kept as long as the table is used.

    Bundles that are not given must not be used.
    """
    return with_bundles(np.zeros(_PLACES[-1] * _SLOTS, dtype=np.int64), *bundles)


def with_bundles(table: Ints, *bundles: Any) -> Ints:
    """A table like another one, with further bundles, or others of these kinds."""
    made = table.copy()
    for bundle in bundles:
        entries: list[int] = []
        for value in bundle:
            if isinstance(value, np.ndarray):
                entries += (place_of(value), *value.shape, *_NO_LENGTHS[value.ndim])
            else:
                entries += (int(value), 0, 0, 0)
        first = _FIRST[type(bundle)] * _SLOTS
        made[first : first + len(entries)] = array("q", entries)
    return made


class _Bundle(types.Type):
    """A bundle of arrays, or numbers, that lies in a table.

    Parameters
    ----------
    bundle : type
        Named tuple.
    kinds : tuple of numba types
        Of its fields.
    """

    def __init__(self, bundle: Any, kinds: tuple[Any, ...]) -> None:
        places = range(_FIRST[bundle], _FIRST[bundle] + len(kinds))
        self.fields = dict(zip(bundle._fields, zip(kinds, places, strict=True), strict=True))
        assert len(self.fields) == len(bundle._fields)
        # Not the name of the tuple itself: code is kept by names of types.
        super().__init__(f"{bundle.__name__} at ({', '.join(str(kind) for kind in kinds)})")


@register_model(_Bundle)
class _Address(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _INTEGER)


@infer_getattr
class _Fields(AttributeTemplate):
    key = _Bundle

    def generic_resolve(self, value: Any, attr: str) -> Any:  # type: ignore[override]
        return value.fields[attr][0] if attr in value.fields else None


@lower_getattr_generic(_Bundle)
def _field(context, builder, bundle, table, name):
    """The array, or the number, of which a table holds place and shape."""
    kind, place = bundle.fields[name]
    entries = builder.inttoptr(table, _INTEGER.as_pointer())

    def entry(k):
        at = builder.gep(entries, [ir.Constant(_INTEGER, place * _SLOTS + k)])
        value = builder.load(at)
        # No kernel writes to the table, so that loops need not look there again.
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return value

    if kind == types.boolean:
        return builder.icmp_signed("!=", entry(0), ir.Constant(_INTEGER, 0))
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    shape = [entry(1 + axis) for axis in range(kind.ndim)]
    strides = [ir.Constant(_INTEGER, size)]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    array = context.make_array(kind)(context, builder)
    populate_array(
        array,
        data=builder.inttoptr(entry(0), context.get_data_type(kind.dtype).as_pointer()),
        shape=shape,
        strides=strides,
        itemsize=ir.Constant(_INTEGER, size),
        meminfo=None,
    )
    return array._getvalue()


def _bundle_at(bundle: Any, *kinds: Any) -> Any:
    """Make a function that takes a bundle from the table at an address."""
    result = _Bundle(bundle, kinds)

    @intrinsic
    def take(typingctx, table):
        def generate(context, builder, signature, arguments):
            return arguments[0]

        return result(types.int64), generate

    return take


def _c_array(element: Any, axes: int) -> Any:
    return types.Array(element, axes, "C")


_D1, _D2, _D3 = (_c_array(types.float64, axes) for axes in (1, 2, 3))
_I1, _I2 = (_c_array(types.int64, axes) for axes in (1, 2))
_U1, _P1, _B1 = (_c_array(kind, 1) for kind in (types.uint64, types.uint32, types.uint8))
_U2, _P2 = (_c_array(kind, 2) for kind in (types.uint64, types.uint32))


def _kinds_of_plan(weights: Any) -> tuple[Any, ...]:
    neurons = (_D2, _I2, _I1, _I1, _I1, _I1, _D1, _I1)
    rows = (_U1, _P1, weights)
    tasks = (_I2, _U1, _I2, _P1, weights, weights, _I2, _D1, _I1, _I2)
    return (*neurons, *rows, *tasks, _U1, _U1, _U1, _D1)


_STEP, _STATES = (_D1, _D2), (_D2, _D2, _D2, _D2, _D2, _D3, _D2, _D2)
_FOUND = (_D2, _D3, _D3, _D1, _D2, _D1, _D2, _D1, _D1, _D1)

plan_at = _bundle_at(Plan, *_kinds_of_plan(_D1))
plan_of_float32_at = _bundle_at(Plan, *_kinds_of_plan(_c_array(types.float32, 1)))
forces_at = _bundle_at(Forces, _D2, _D1, _B1, _D1, types.boolean)
tableau_at = _bundle_at(Tableau, _D2, _D1)
accuracy_at = _bundle_at(Accuracy, _D1, _D1)
buffers_at = _bundle_at(Buffers, *_STEP, *_STATES, _D2, _D3, *_FOUND)
programs_at = _bundle_at(Programs, _I2, _I2, _I2, _I2, _I2, _I2)
driven_at = _bundle_at(Driven, _I1, _I1, _I1, _I1, _B1, _I1, _D2, _D3)
preserving_at = _bundle_at(Preserving, _I1, _I1, _D1, _D1, _D2, _D2, _D2)
convexity_at = _bundle_at(Convexity, _D1, _D1)
records_at = _bundle_at(Records, _I1, _I1, _D3, _D3, _D2, _D2)
control_at = _bundle_at(
    Control,
    *(_D1, _D1, _D2, _D2),
    *[_D1] * 6,
    *(_I1, _I2, _D2, _I1, _I2),
    *(_D1, _D1, _D2, _D2, _D2, _D2, _D2, _D3, _D1, _I2),
    *(_D2, _D1, _D1, _D1, _I2),
)
stability_at = _bundle_at(Stability, _D1, _D3, _I2, _I2)
inside_at = _bundle_at(Inside, _D2, _D2, _D1, _I1, _I1, _D2, _I1, _D3, _D2, _D2, _I2, _I2, _I2)
implicit_at = _bundle_at(
    Implicit,
    *(_D1, _D1, _D1, _D1, _D2, _D3, _D3, _D3, _D3, _D2, _I2, _D3, _D3, _D1, _D1, _D1, _D3),
    *(_I2, _I2, _I2, _I2, _I1, _U1, _U1, _U1, _D1),
    *(types.boolean, types.boolean, types.boolean, types.boolean),
)
_NEURONS = (_D1, _D1, _D1, _D1, _D1)
kicks_at = _bundle_at(Kicks, _U1, _I1, types.boolean, _I1, _U2, *_NEURONS, _D3, _D2, _D2)
late_at = _bundle_at(Late, _I1, _I1, _D3, _I1, _D3, _D3, _I1, _I1, _I1, _D1)
_ROWS = (_I1, _P1, _D1)
synapses_at = _bundle_at(
    Synapses,
    *(*_ROWS, *_ROWS, _D2, _c_array(types.int8, 2), _c_array(types.int16, 2)),
    *(_c_array(types.int32, 1), _D1, _c_array(types.uint16, 1), _D1, _D1),
    *(_P1, _D1, types.boolean),
)
graded_at = _bundle_at(Graded, _I1, _I1, _I1, _I1, _D2, _B1, _D3, _D3)
hidden_at = _bundle_at(Hidden, *_ROWS, _D2, _D2, _D2, _D2, _I1, _D2, _I1, _D2, _D1, _I2, _D3)
fields_at = _bundle_at(Fields, *[_D2] * 4, *[_I1] * 4, _D1, _D2, _D2, _D2, _I1, _I1)
course_at = _bundle_at(Course, types.boolean, _P2, types.boolean, _D1, _U1, _I1, types.boolean)

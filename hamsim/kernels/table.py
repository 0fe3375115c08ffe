"""Bundles of arrays as a table of addresses and shapes, and back.

Work on a network is compiled in separate functions, of which a network needs only some. All of
them are given the same table and take from it the bundles that they use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from hamsim.kernels.plan import Buffers, Forces, Plan, Tableau
from hamsim.network import Ints

__all__ = ["buffers_at", "forces_at", "make_table", "plan_at", "plan_of_float32_at", "tableau_at"]

_INTEGER = ir.IntType(64)
# Entries of an array: its address and up to three lengths. A number has its value in the first.
_SLOTS = 4
_BUNDLES = (Plan, Forces, Tableau, Buffers)
_FIRST = np.cumsum([0, *(len(bundle._fields) for bundle in _BUNDLES)]).tolist()
_PLAN, _FORCES, _TABLEAU, _BUFFERS = (int(first) for first in _FIRST[:-1])


def make_table(plan: Plan, forces: Forces, tableau: Tableau, buffers: Buffers) -> Ints:
    """Write down where everything is; the bundles must be kept as long as the table is used."""
    table = np.zeros(_FIRST[-1] * _SLOTS, dtype=np.int64)
    for place, value in enumerate((*plan, *forces, *tableau, *buffers)):
        at = place * _SLOTS
        if isinstance(value, np.ndarray):
            assert value.flags.c_contiguous
            table[at] = value.ctypes.data
            table[at + 1 : at + 1 + value.ndim] = value.shape
        else:
            table[at] = int(value)
    return table


def _array(context, builder, kind, table, place):
    """The array, or the number, of which a table holds place and shape."""

    def entry(k):
        pointer = builder.inttoptr(table, _INTEGER.as_pointer())
        return builder.load(builder.gep(pointer, [ir.Constant(_INTEGER, place * _SLOTS + k)]))

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


def _bundle_at(bundle: Any, kinds: tuple[Any, ...], first: int) -> Any:
    """Make a function that takes a bundle from the table at an address."""

    @intrinsic
    def take(typingctx, table):
        result = types.NamedTuple(kinds, bundle)

        def generate(context, builder, signature, arguments):
            values = [
                _array(context, builder, kind, arguments[0], first + k)
                for k, kind in enumerate(kinds)
            ]
            return context.make_tuple(builder, result, values)

        return result(types.int64), generate

    return take


def _c_array(element: Any, axes: int) -> Any:
    return types.Array(element, axes, "C")


_D1, _D2, _D3 = (_c_array(types.float64, axes) for axes in (1, 2, 3))
_I1, _I2 = (_c_array(types.int64, axes) for axes in (1, 2))
_U1, _U2 = (_c_array(types.uint64, axes) for axes in (1, 2))
_P1, _B1 = _c_array(types.uint32, 1), _c_array(types.uint8, 1)


def _kinds_of_plan(weights: Any) -> tuple[Any, ...]:
    neurons = (_D2, _I2, _I1, _I1, _I1, _I1, _D1, _I1)
    rows = (_U1, _U2, _P1, weights)
    tasks = (_I2, _U1, _I2, _P1, weights, weights, _I2, weights, _I1, _I2)
    return (*neurons, *rows, *tasks, _U1, _U1, _U1, _D1)


plan_at = _bundle_at(Plan, _kinds_of_plan(_D1), _PLAN)
plan_of_float32_at = _bundle_at(Plan, _kinds_of_plan(_c_array(types.float32, 1)), _PLAN)
forces_at = _bundle_at(Forces, (_D2, _D1, _B1, types.boolean), _FORCES)
tableau_at = _bundle_at(Tableau, (_D2,), _TABLEAU)
buffers_at = _bundle_at(
    Buffers, (_D2, _D2, _D2, _D2, _D2, _D3, _D2, _D3, _D2, _D3, _D1, _D2, _D1, _D1), _BUFFERS
)

"""Functions behind addresses: how one is compiled, and how a kernel calls it.

The loops of one family of Lagrangians over a chunk of neurons are compiled by themselves, when a
network first needs them, and called by address. So the kernels hold no family's code: they compile
quickly, and a family from a user's formula is called exactly like one of the table. All these
functions have one signature and work on whole chunks, so that a call costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from hamsim.kernels.jit import callback

__all__ = [
    "ARGUMENTS",
    "call_chunk",
    "call_work",
    "compile_chunk_function",
    "compile_work",
]

# x, g, v, out, parameters and scratch are addresses of C-contiguous float64.
ARGUMENTS = (
    "x_at",  # (n, m)  states of the chunk
    "g_at",  # (n, m)  activations, where a function wants them
    "v_at",  # (n, m)  directions, for the Hessian
    "out_at",  # (n, m) or (m,)
    "parameters_at",  # (count, stride)  one column a neuron, beginning with the chunk's first
    "stride",  # neurons of the whole network
    "scratch_at",  # (rows, width)
    "width",
    "n",  # neurons of the chunk
    "m",  # trials
    "shared",  # neurons that share one Lagrangian; divides n
    "uniform",  # 1 if all neurons of the chunk have the same parameters
)
_IS_POINTER = tuple(name.endswith("_at") for name in ARGUMENTS)
_SIGNATURE = types.void(
    *(types.CPointer(types.float64) if pointer else types.int64 for pointer in _IS_POINTER)
)


def compile_chunk_function(function: Callable[..., None]) -> Any:
    """Compile a function of `ARGUMENTS`, or load it; keep the result alive as long as its address.

    Returns
    -------
    object with the attribute `address`
    """
    return callback(_SIGNATURE, function)


@intrinsic
def call_chunk(
    typingctx,
    function,
    x_at,
    g_at,
    v_at,
    out_at,
    parameters_at,
    stride,
    scratch_at,
    width,
    n,
    m,
    shared,
    uniform,
):
    """Call a chunk function by its address; all arguments are integers."""
    signature = types.void(*[types.int64] * (len(ARGUMENTS) + 1))

    def generate(context, builder, signature, arguments):
        address, *given = arguments
        integer, pointer = ir.IntType(64), ir.DoubleType().as_pointer()
        kinds = [pointer if is_pointer else integer for is_pointer in _IS_POINTER]
        target = ir.FunctionType(ir.VoidType(), kinds).as_pointer()
        values = [
            builder.inttoptr(value, pointer) if is_pointer else value
            for value, is_pointer in zip(given, _IS_POINTER, strict=True)
        ]
        builder.call(builder.inttoptr(address, target), values)
        return context.get_dummy_value()

    return signature, generate


def compile_work(function: Callable[..., None]) -> Any:
    """Compile a kind of work, a function of a table's address, an argument and a piece.

    Returns
    -------
    object with the attribute `address`
    """
    return callback(types.void(types.int64, types.int64, types.int64), function)


@intrinsic
def call_work(typingctx, function, table, argument, piece):
    """Do a piece of work by the address of its function."""
    signature = types.void(types.int64, types.int64, types.int64, types.int64)

    def generate(context, builder, signature, arguments):
        address, *given = arguments
        integer = ir.IntType(64)
        target = ir.FunctionType(ir.VoidType(), [integer] * 3).as_pointer()
        builder.call(builder.inttoptr(address, target), given)
        return context.get_dummy_value()

    return signature, generate

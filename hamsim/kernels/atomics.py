"""Reading and writing numbers that several threads share, and giving the processor away.

Each function takes the address of an int64. Operations of all threads on it have one order, and
what a thread wrote elsewhere before is seen by whoever reads the number afterwards.
"""

from __future__ import annotations

import ctypes
import sys

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["NAP_ADDRESS", "atomic_add", "atomic_load", "atomic_store", "nap"]

_INTEGER = ir.IntType(64)


def _find_sleep() -> int:
    """Address of the C library's usleep; 0 where there is none."""
    if sys.platform == "win32":
        return 0
    try:
        function = ctypes.CDLL(None).usleep
    except (OSError, AttributeError):
        return 0
    return ctypes.cast(function, ctypes.c_void_p).value or 0


NAP_ADDRESS = _find_sleep()


def _pointer(builder, address):
    return builder.inttoptr(address, _INTEGER.as_pointer())


@intrinsic
def atomic_load(typingctx, address):
    """Read the number."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(_pointer(builder, arguments[0]), "seq_cst", 8)

    return types.int64(types.int64), generate


@intrinsic
def atomic_store(typingctx, address, value):
    """Write the number."""

    def generate(context, builder, signature, arguments):
        address, value = arguments
        builder.store_atomic(value, _pointer(builder, address), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def atomic_add(typingctx, address, value):
    """Add to the number and return what it was before."""

    def generate(context, builder, signature, arguments):
        address, value = arguments
        return builder.atomic_rmw("add", _pointer(builder, address), value, "seq_cst")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def nap(typingctx, function, microseconds):
    """Sleep for some microseconds with the function at `NAP_ADDRESS`, if there is one."""

    def generate(context, builder, signature, arguments):
        function, microseconds = arguments
        there = builder.icmp_unsigned("!=", function, ir.Constant(_INTEGER, 0))
        with builder.if_then(there):
            kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32)]).as_pointer()
            target = builder.inttoptr(function, kind)
            builder.call(target, [builder.trunc(microseconds, ir.IntType(32))])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate

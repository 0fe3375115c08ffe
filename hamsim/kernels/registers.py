"""Arrays as machine vectors: how intrinsics read, write and multiply several numbers at once.

A vector is `LANES` numbers. Arrays may be float32 or float64; in the registers all is float64.
"""

from __future__ import annotations

import platform
from functools import partial
from typing import Any

from llvmlite import binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

__all__ = [
    "DOUBLE",
    "I64",
    "LANES",
    "OUTPUTS",
    "VECTOR",
    "VECTORS",
    "ZERO",
    "Arrays",
    "constant",
    "flat",
]

LANES = 8
# Whether the processor multiplies and adds in one instruction.
_FEATURES = llvm.get_host_cpu_features()
FUSED = bool(_FEATURES.get("fma") or platform.machine() in ("aarch64", "arm64"))
# So many sums, each of so many vectors, stay in the registers beside what is multiplied: as many as
# there is room for, because each number that is read is then used the most often.
OUTPUTS, VECTORS = (8, 3) if _FEATURES.get("avx512f") else (6, 1)

DOUBLE = ir.DoubleType()
VECTOR = ir.VectorType(DOUBLE, LANES)
_I32, I64 = ir.IntType(32), ir.IntType(64)
ZERO = ir.Constant(VECTOR, [0.0] * LANES)


def constant(value: int) -> Any:
    """A whole number."""
    return ir.Constant(I64, value)


class Arrays:
    """Access to the arrays among an intrinsic's arguments."""

    def __init__(self, context, builder, signature, arguments):
        self.context, self.builder = context, builder
        self.signature, self.arguments = signature, arguments

    def _array(self, k):
        kind = self.signature.args[k]
        return self.context.make_array(kind)(self.context, self.builder, self.arguments[k])

    def length(self, k, axis):
        """Length of an axis of argument k."""
        return self.builder.extract_value(self._array(k).shape, axis)

    def at(self, k, *index):
        """Pointer to an entry of argument k, which is C-contiguous."""
        array, builder = self._array(k), self.builder
        if len(index) == 1:
            return builder.gep(array.data, [index[0]])
        width = self.length(k, 1)
        return builder.gep(array.data, [builder.add(builder.mul(index[0], width), index[1])])

    def number(self, pointer):
        """The number there, as a float64."""
        value = self.builder.load(pointer)
        return value if value.type == DOUBLE else self.builder.fpext(value, DOUBLE)

    def vector(self, pointer):
        """LANES numbers from there on, as float64."""
        builder, kind = self.builder, pointer.type.pointee
        size = 8 if kind == DOUBLE else 4
        wide = builder.bitcast(pointer, ir.VectorType(kind, LANES).as_pointer())
        value = builder.load(wide, align=size)
        return value if kind == DOUBLE else builder.fpext(value, VECTOR)

    def write(self, vector, pointer):
        """Put LANES numbers there."""
        wide = self.builder.bitcast(pointer, VECTOR.as_pointer())
        self.builder.store(vector, wide, align=8)

    def first(self, count):
        """Which numbers of a vector are among its first `count`."""
        lanes = ir.Constant(ir.VectorType(I64, LANES), list(range(LANES)))
        return self.builder.icmp_signed("<", lanes, self.splat(count))

    def write_first(self, vector, pointer, count):
        """Put the first `count` numbers of a vector there; the memory must hold LANES."""
        found = self.builder.select(self.first(count), vector, self.vector(pointer))
        self.write(found, pointer)

    def _masked(self, what, result, arguments):
        kinds = [argument.type for argument in arguments]
        name = f"llvm.masked.{what}.v{LANES}f64.p0v{LANES}f64"
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(result, kinds), name
        )
        return self.builder.call(function, arguments)

    def some(self, pointer, mask):
        """The numbers of a vector that are in a mask, and 0; others are not touched."""
        wide = self.builder.bitcast(pointer, VECTOR.as_pointer())
        return self._masked("load", VECTOR, [wide, ir.Constant(_I32, 8), mask, ZERO])

    def write_some(self, vector, pointer, mask):
        """Put the numbers of a vector there that are in a mask; others are not touched."""
        wide = self.builder.bitcast(pointer, VECTOR.as_pointer())
        self._masked("store", ir.VoidType(), [vector, wide, ir.Constant(_I32, 8), mask])

    def panel_of(self, vectors, ends, count):
        """How each of some vectors is read and written.

        If it `ends`, only the first `count` numbers of all of them are meant.
        """
        if not ends:
            return [(self.vector, self.write)] * vectors
        ends = [self.builder.sub(count, constant(LANES * p)) for p in range(vectors)]
        masks = [self.first(end) for end in ends]
        return [(partial(self.some, mask=m), partial(self.write_some, mask=m)) for m in masks]

    def splat(self, number):
        """A vector of equal numbers, or of equal integers."""
        nothing = ir.Constant(ir.VectorType(number.type, LANES), ir.Undefined)
        one = self.builder.insert_element(nothing, number, ir.Constant(_I32, 0))
        mask = ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES)
        return self.builder.shuffle_vector(one, nothing, mask)

    def plus_product(self, sum_, a, b):
        """Sum + a b: rounded once where the processor can do that, as it does it twice as fast."""
        if not FUSED:
            return self.builder.fadd(sum_, self.builder.fmul(a, b))
        name = "llvm.fma.f64" if a.type == DOUBLE else f"llvm.fma.v{LANES}f64"
        kind = ir.FunctionType(a.type, [a.type] * 3)
        fma = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(fma, [a, b, sum_])

    def fetch(self, pointer):
        """Ask for the line of memory at a pointer, which may lie behind the end of its array."""
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32])
        fetch = cgutils.get_or_insert_function(self.builder.module, kind, "llvm.prefetch.p0i8")
        to_read, second_cache, data = (ir.Constant(_I32, k) for k in (0, 2, 1))
        at = self.builder.bitcast(pointer, byte)
        self.builder.call(fetch, [at, to_read, second_cache, data])

    def total(self, vector):
        """Sum of a vector's numbers, in a fixed order."""
        builder = self.builder
        parts = [builder.extract_element(vector, ir.Constant(_I32, k)) for k in range(LANES)]
        while len(parts) > 1:
            half = len(parts) // 2
            parts = [builder.fadd(parts[k], parts[k + half]) for k in range(half)]
        return parts[0]

    def later(self, pointer, count):
        """Pointer to `count` entries further on."""
        return self.builder.gep(pointer, [constant(count)])


@intrinsic
def flat(typingctx, array):
    """See a C-contiguous array as one with a single axis.

    What is known to have a step of one number is vectorised; an axis of trials of unknown length
    behind it is not.
    """
    result = types.Array(array.dtype, 1, "C")

    def generate(context, builder, signature, arguments):
        given = context.make_array(array)(context, builder, arguments[0])
        seen = context.make_array(result)(context, builder)
        populate_array(
            seen,
            data=given.data,
            shape=[given.nitems],
            strides=[given.itemsize],
            itemsize=given.itemsize,
            meminfo=None,
        )
        return seen._getvalue()

    return result(array), generate

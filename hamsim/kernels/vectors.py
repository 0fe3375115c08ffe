"""Sums of products in the registers that hold several numbers, written as machine vectors.

A compiler may not reorder a sum of floating-point numbers, so it cannot vectorise one; and
with the number of trials known only at run time it guards each short loop with checks. Here the
vectors are written out. The order of every sum is fixed by that, and so are its bits.

Functions are made for a fixed number of vectors of `LANES` numbers each. Weights may be float32 or
float64; all sums are float64.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

__all__ = [
    "LANES",
    "add_scaled",
    "dense_panel",
    "flat",
    "gather_panel",
    "stream_rows",
    "window_panel",
]

LANES = 8
# Weights of a row are asked for so long before they are used. Without that a core waits for memory:
# by itself it asks for few lines at once, and for none of the next page.
AHEAD = 256
# Whether the processor multiplies and adds in one instruction.
FUSED = bool(llvm.get_host_cpu_features().get("fma") or platform.machine() in ("aarch64", "arm64"))

_DOUBLE = ir.DoubleType()
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_I32, _I64 = ir.IntType(32), ir.IntType(64)
_ZERO = ir.Constant(_VECTOR, [0.0] * LANES)


def _number(value: int) -> Any:
    return ir.Constant(_I64, value)


class _Arrays:
    """Access to the arrays among an intrinsic's arguments."""

    def __init__(self, context, builder, signature, arguments):
        self.context, self.builder = context, builder
        self.signature, self.arguments = signature, arguments

    def _array(self, k):
        kind = self.signature.args[k]
        return self.context.make_array(kind)(self.context, self.builder, self.arguments[k])

    def at(self, k, *index):
        """Pointer to an entry of argument k, which is C-contiguous."""
        array, builder = self._array(k), self.builder
        if len(index) == 1:
            return builder.gep(array.data, [index[0]])
        width = builder.extract_value(array.shape, 1)
        return builder.gep(array.data, [builder.add(builder.mul(index[0], width), index[1])])

    def number(self, pointer):
        """The number there, as a float64."""
        value = self.builder.load(pointer)
        return value if value.type == _DOUBLE else self.builder.fpext(value, _DOUBLE)

    def vector(self, pointer):
        """LANES numbers from there on, as float64."""
        builder, kind = self.builder, pointer.type.pointee
        size = 8 if kind == _DOUBLE else 4
        wide = builder.bitcast(pointer, ir.VectorType(kind, LANES).as_pointer())
        value = builder.load(wide, align=size)
        return value if kind == _DOUBLE else builder.fpext(value, _VECTOR)

    def write(self, vector, pointer):
        """Put LANES numbers there."""
        wide = self.builder.bitcast(pointer, _VECTOR.as_pointer())
        self.builder.store(vector, wide, align=8)

    def write_first(self, vector, pointer, count):
        """Put the first `count` numbers of a vector there; the memory must hold LANES."""
        builder = self.builder
        lanes = ir.Constant(ir.VectorType(_I64, LANES), list(range(LANES)))
        is_there = builder.icmp_signed("<", lanes, self.splat_whole(count))
        self.write(builder.select(is_there, vector, self.vector(pointer)), pointer)

    def splat_whole(self, number):
        """A vector of equal integers."""
        nothing = ir.Constant(ir.VectorType(_I64, LANES), ir.Undefined)
        one = self.builder.insert_element(nothing, number, ir.Constant(_I32, 0))
        mask = ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES)
        return self.builder.shuffle_vector(one, nothing, mask)

    def splat(self, number):
        """A vector of equal numbers."""
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        one = self.builder.insert_element(nothing, number, ir.Constant(_I32, 0))
        mask = ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES)
        return self.builder.shuffle_vector(one, nothing, mask)

    def plus_product(self, sum_, a, b):
        """Sum + a b: rounded once where the processor can do that, as it does it twice as fast."""
        if not FUSED:
            return self.builder.fadd(sum_, self.builder.fmul(a, b))
        name = "llvm.fma.f64" if a.type == _DOUBLE else f"llvm.fma.v{LANES}f64"
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
        return self.builder.gep(pointer, [_number(count)])


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


def gather_panel(vectors: int) -> Any:
    """Make a function for one row of a sparse matrix and `vectors` times LANES trials.

    The function's arguments are indices, weights, first, last, g, out, i, t, add: it writes
    sum_k weights[k] g[indices[k], t:] for first <= k < last to out[i, t:], or adds it to that.
    """

    @intrinsic
    def panel(typingctx, indices, weights, first, last, g, out, i, t, add):
        whole = types.int64
        signature = types.void(indices, weights, whole, whole, g, out, whole, whole, whole)

        def generate(context, builder, signature, arguments):
            arrays = _Arrays(context, builder, signature, arguments)
            _, _, first, last, _, _, i, t, add = arguments
            sums = [cgutils.alloca_once(builder, _VECTOR) for _ in range(vectors)]
            target = arrays.at(5, i, t)
            adds = builder.icmp_signed("!=", add, _number(0))
            with builder.if_else(adds) as (continued, begun):
                with continued:
                    for p in range(vectors):
                        builder.store(arrays.vector(arrays.later(target, LANES * p)), sums[p])
                with begun:
                    for p in range(vectors):
                        builder.store(_ZERO, sums[p])
            with cgutils.for_range_slice(builder, first, last, _number(1), _I64) as (k, _):
                j = builder.zext(builder.load(arrays.at(0, k)), _I64)
                weight = arrays.splat(arrays.number(arrays.at(1, k)))
                source = arrays.at(4, j, t)
                for p in range(vectors):
                    sent = arrays.vector(arrays.later(source, LANES * p))
                    found = arrays.plus_product(builder.load(sums[p]), weight, sent)
                    builder.store(found, sums[p])
            for p in range(vectors):
                arrays.write(builder.load(sums[p]), arrays.later(target, LANES * p))
            return context.get_dummy_value()

        return signature, generate

    return panel


def stream_rows(rows: int, to_rows: bool, to_columns: bool) -> Any:
    """Make a function that reads some rows of a dense block once, for one or both directions.

    The function's arguments are weights, at, width, g, row, column, out, row_out, column_out. With
    D[r, c] = weights[at + r * width + c] it adds D g[column:] to out[row_out:] and D^T g[row:] to
    out[column_out:]; g and out have one axis.
    """

    @intrinsic
    def stream(typingctx, weights, at, width, g, row, column, out, row_out, column_out):
        whole = types.int64
        signature = types.void(weights, whole, whole, g, whole, whole, out, whole, whole)

        def generate(context, builder, signature, arguments):
            arrays = _Arrays(context, builder, signature, arguments)
            _, at, width, _, row, column, _, row_out, column_out = arguments
            zero, lanes = _number(0), _number(LANES)
            starts = [builder.add(at, builder.mul(_number(r), width)) for r in range(rows)]
            sums = [cgutils.alloca_once_value(builder, _ZERO) for _ in range(rows)]
            rests = [
                cgutils.alloca_once_value(builder, ir.Constant(_DOUBLE, 0.0)) for _ in range(rows)
            ]
            own = [arrays.number(arrays.at(3, builder.add(row, _number(r)))) for r in range(rows)]
            spread = [arrays.splat(value) for value in own]

            def ask_ahead(c):
                later = builder.add(c, _number(AHEAD))
                for start in starts:
                    arrays.fetch(arrays.at(0, builder.add(start, later)))

            def pass_over(c, load, write, sums, own):
                """Do the entries at c of all rows: LANES of them, or a single one."""
                if to_rows:
                    sent = load(arrays.at(3, builder.add(column, c)))
                if to_columns:
                    target = arrays.at(6, builder.add(column_out, c))
                    received = load(target)
                for r in range(rows):
                    weight = load(arrays.at(0, builder.add(starts[r], c)))
                    if to_rows:
                        found = arrays.plus_product(builder.load(sums[r]), weight, sent)
                        builder.store(found, sums[r])
                    if to_columns:
                        received = arrays.plus_product(received, weight, own[r])
                if to_columns:
                    write(received, target)

            whole_vectors = builder.and_(width, _number(-LANES))
            with cgutils.for_range_slice(builder, zero, whole_vectors, lanes, _I64) as (c, _):
                if weights.dtype == types.float64:  # a vector of them is a whole line
                    ask_ahead(c)
                pass_over(c, arrays.vector, arrays.write, sums, spread)
            with cgutils.for_range_slice(builder, whole_vectors, width, _number(1), _I64) as (c, _):
                pass_over(c, arrays.number, builder.store, rests, own)
            if to_rows:
                for r in range(rows):
                    target = arrays.at(6, builder.add(row_out, _number(r)))
                    whole, rest = arrays.total(builder.load(sums[r])), builder.load(rests[r])
                    found = builder.fadd(whole, rest)
                    builder.store(builder.fadd(builder.load(target), found), target)
            return context.get_dummy_value()

        return signature, generate

    return stream


def dense_panel(outputs: int, vectors: int) -> Any:
    """Make a function for some rows of a dense block and `vectors` times LANES trials.

    The function's arguments are weights, at, across, along, count, g, row, out, row_out, t: it adds
    sum_s weights[at + o * across + s * along] g[row + s, t:] for s < count to out[row_out + o, t:]
    for each o < outputs. With the strides exchanged it is the transposed block.
    """

    @intrinsic
    def panel(typingctx, weights, at, across, along, count, g, row, out, row_out, t):
        whole = types.int64
        signature = types.void(weights, whole, whole, whole, whole, g, whole, out, whole, whole)

        def generate(context, builder, signature, arguments):
            arrays = _Arrays(context, builder, signature, arguments)
            _, at, across, along, count, _, row, _, row_out, t = arguments
            pairs = [(o, p) for o in range(outputs) for p in range(vectors)]
            targets = [
                arrays.later(arrays.at(7, builder.add(row_out, _number(o)), t), LANES * p)
                for o, p in pairs
            ]
            sums = [cgutils.alloca_once_value(builder, arrays.vector(at)) for at in targets]
            starts = [builder.add(at, builder.mul(_number(o), across)) for o in range(outputs)]
            with cgutils.for_range_slice(builder, _number(0), count, _number(1), _I64) as (s, _):
                source = arrays.at(5, builder.add(row, s), t)
                sent = [arrays.vector(arrays.later(source, LANES * p)) for p in range(vectors)]
                for o in range(outputs):
                    place = builder.add(starts[o], builder.mul(s, along))
                    weight = arrays.splat(arrays.number(arrays.at(0, place)))
                    for p in range(vectors):
                        sum_at = sums[o * vectors + p]
                        found = arrays.plus_product(builder.load(sum_at), weight, sent[p])
                        builder.store(found, sum_at)
            for sum_at, target in zip(sums, targets, strict=True):
                arrays.write(builder.load(sum_at), target)
            return context.get_dummy_value()

        return signature, generate

    return panel


def window_panel(positions: int, vectors: int) -> Any:
    """Make a function for a kernel at some places of a window, and `vectors` times LANES outputs.

    The function's arguments are kernel, at, kernel_line, kernel_step, kernel_next, lines, count,
    g, first, g_line, g_step, out, to, out_step, out_next, outputs, used. For each position p,
    vector v and lane o it adds

        sum_l sum_s kernel[at + v kernel_next + l kernel_line + s kernel_step + o]
                    g[first + p g_step + l g_line + s]

    with l < lines and s < count to out[to + p out_step + v out_next + o], if o < outputs - v used.
    Other lanes are read and written, but what is there stays as it is.
    """

    @intrinsic
    def panel(
        typingctx,
        kernel,
        at,
        kernel_line,
        kernel_step,
        kernel_next,
        lines,
        count,
        g,
        first,
        g_line,
        g_step,
        out,
        to,
        out_step,
        out_next,
        outputs,
        used,
    ):
        whole = types.int64
        signature = types.void(kernel, *[whole] * 6, g, *[whole] * 3, out, *[whole] * 5)

        def generate(context, builder, signature, arguments):
            arrays = _Arrays(context, builder, signature, arguments)
            _, at, kernel_line, kernel_step, kernel_next, lines, count = arguments[:7]
            _, first, g_line, g_step = arguments[7:11]
            _, to, out_step, out_next, outputs, used = arguments[11:]
            one, zero = _number(1), _number(0)

            def further(begin, k, step):
                return builder.add(begin, builder.mul(_number(k), step)) if k else begin

            pairs = [(p, v) for p in range(positions) for v in range(vectors)]
            sums = [cgutils.alloca_once_value(builder, _ZERO) for _ in pairs]
            starts = [further(first, p, g_step) for p in range(positions)]
            with cgutils.for_range_slice(builder, zero, lines, one, _I64) as (line, _):
                row = builder.add(at, builder.mul(line, kernel_line))
                seen = [builder.add(start, builder.mul(line, g_line)) for start in starts]
                with cgutils.for_range_slice(builder, zero, count, one, _I64) as (s, _):
                    place = builder.add(row, builder.mul(s, kernel_step))
                    weights = [
                        arrays.vector(arrays.at(0, further(place, v, kernel_next)))
                        for v in range(vectors)
                    ]
                    for p in range(positions):
                        sent = arrays.splat(arrays.number(arrays.at(7, builder.add(seen[p], s))))
                        for v in range(vectors):
                            sum_at = sums[p * vectors + v]
                            product = builder.fmul(weights[v], sent)
                            builder.store(builder.fadd(builder.load(sum_at), product), sum_at)
            for sum_at, (p, v) in zip(sums, pairs, strict=True):
                target = arrays.at(11, further(further(to, p, out_step), v, out_next))
                total = builder.fadd(arrays.vector(target), builder.load(sum_at))
                there = builder.sub(outputs, builder.mul(_number(v), used))
                arrays.write_first(total, target, there)
            return context.get_dummy_value()

        return signature, generate

    return panel


@intrinsic
def add_scaled(typingctx, out, to, g, first, factor, count):
    """Add factor times g[first + k] to out[to + k] for k < count; both have a single axis."""
    whole = types.int64
    signature = types.void(out, whole, g, whole, types.float64, whole)

    def generate(context, builder, signature, arguments):
        arrays = _Arrays(context, builder, signature, arguments)
        _, to, _, first, factor, count = arguments
        spread = arrays.splat(factor)
        whole_vectors = builder.and_(count, _number(-LANES))
        passes = (
            (_number(0), whole_vectors, LANES, arrays.vector, arrays.write, spread),
            (whole_vectors, count, 1, arrays.number, builder.store, factor),
        )
        for begin, end, step, load, write, own in passes:
            with cgutils.for_range_slice(builder, begin, end, _number(step), _I64) as (k, _):
                target = arrays.at(0, builder.add(to, k))
                sent = load(arrays.at(2, builder.add(first, k)))
                write(builder.fadd(load(target), builder.fmul(own, sent)), target)
        return context.get_dummy_value()

    return signature, generate

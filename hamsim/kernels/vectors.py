"""Sums of products in the registers that hold several numbers, written as machine vectors.

A compiler may not reorder a sum of floating-point numbers, so it cannot vectorise one; and
with the number of trials known only at run time it guards each short loop with checks. Here the
vectors are written out. The order of every sum is fixed by that, and so are its bits.

Functions are made for a fixed number of vectors of `LANES` numbers each. Weights may be float32 or
float64; all sums are float64.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hamsim.kernels.registers import DOUBLE, I64, LANES, VECTOR, VECTORS, ZERO, Arrays, constant

__all__ = [
    "Moves",
    "Sums",
    "add_scaled",
    "ask_for",
    "dense_panel",
    "either",
    "gather_panel",
    "stream_rows",
    "window_panel",
]

# Weights of a row are asked for so long before they are used. Without that a core waits for memory:
# by itself it asks for few lines at once, and for none of the next page.
AHEAD = 256


def gather_panel(vectors: int) -> Any:
    """Make a function for one row of a sparse matrix and `vectors` times LANES trials.

    The function's arguments are indices, weights, first, last, g, out, i, t, add: it writes
    sum_k weights[k] g[indices[k], t:] for first <= k < last to out[i, t:], or adds it to that.
    A single vector ends where the trials end.
    """

    @intrinsic
    def panel(typingctx, indices, weights, first, last, g, out, i, t, add):
        whole = types.int64
        signature = types.void(indices, weights, whole, whole, g, out, whole, whole, whole)

        def generate(context, builder, signature, arguments):
            arrays = Arrays(context, builder, signature, arguments)
            _, _, first, last, _, _, i, t, add = arguments
            sums = [cgutils.alloca_once(builder, VECTOR) for _ in range(vectors)]
            target = arrays.at(5, i, t)
            ways = arrays.panel_of(vectors, vectors == 1, builder.sub(arrays.length(5, 1), t))
            adds = builder.icmp_signed("!=", add, constant(0))
            with builder.if_else(adds) as (continued, begun):
                with continued:
                    for p, (load, _) in enumerate(ways):
                        builder.store(load(arrays.later(target, LANES * p)), sums[p])
                with begun:
                    for p in range(vectors):
                        builder.store(ZERO, sums[p])
            with cgutils.for_range_slice(builder, first, last, constant(1), I64) as (k, _):
                j = builder.zext(builder.load(arrays.at(0, k)), I64)
                weight = arrays.splat(arrays.number(arrays.at(1, k)))
                source = arrays.at(4, j, t)
                for p, (load, _) in enumerate(ways):
                    sent = load(arrays.later(source, LANES * p))
                    found = arrays.plus_product(builder.load(sums[p]), weight, sent)
                    builder.store(found, sums[p])
            for p, (_, write) in enumerate(ways):
                write(builder.load(sums[p]), arrays.later(target, LANES * p))
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
            arrays = Arrays(context, builder, signature, arguments)
            _, at, width, _, row, column, _, row_out, column_out = arguments
            zero, lanes = constant(0), constant(LANES)
            starts = [builder.add(at, builder.mul(constant(r), width)) for r in range(rows)]
            sums = [cgutils.alloca_once_value(builder, ZERO) for _ in range(rows)]
            rests = [
                cgutils.alloca_once_value(builder, ir.Constant(DOUBLE, 0.0)) for _ in range(rows)
            ]
            own = [arrays.number(arrays.at(3, builder.add(row, constant(r)))) for r in range(rows)]
            spread = [arrays.splat(value) for value in own]

            def ask_ahead(c):
                later = builder.add(c, constant(AHEAD))
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

            whole_vectors = builder.and_(width, constant(-LANES))
            with cgutils.for_range_slice(builder, zero, whole_vectors, lanes, I64) as (c, _):
                if weights.dtype == types.float64:  # a vector of them is a whole line
                    ask_ahead(c)
                pass_over(c, arrays.vector, arrays.write, sums, spread)
            with cgutils.for_range_slice(builder, whole_vectors, width, constant(1), I64) as (c, _):
                pass_over(c, arrays.number, builder.store, rests, own)
            if to_rows:
                for r in range(rows):
                    target = arrays.at(6, builder.add(row_out, constant(r)))
                    whole, rest = arrays.total(builder.load(sums[r])), builder.load(rests[r])
                    found = builder.fadd(whole, rest)
                    builder.store(builder.fadd(builder.load(target), found), target)
            return context.get_dummy_value()

        return signature, generate

    return stream


class Sums(NamedTuple):
    """Sums of products: sum_l sum_s weights[at + l line + s step] g[first + l g_line + s].

    Here l < lines and s < terms. Where a sum begins is said elsewhere.
    """

    lines: int
    terms: int
    line: int
    step: int
    g_line: int


class Moves(NamedTuple):
    """From sum to sum: `positions` times `vectors` of them, each with LANES weights side by side.

    The next position has the same weights, activations `g_step` further on and its result
    `out_step` further on; the next vector has the same activations, weights `next` further on and
    its result `out_next` further on. The results of vector v are `outputs` - v `used` numbers, or
    LANES if these are more.
    """

    positions: int
    g_step: int
    out_step: int
    vectors: int
    next: int
    out_next: int
    outputs: int
    used: int


def _fields(builder: Any, kind: type[NamedTuple], value: Any) -> Any:
    """The fields of a tuple in a register."""
    return kind(*cgutils.unpack_tuple(builder, value, len(kind._fields)))


def dense_panel(outputs: int, vectors: int, roomy: bool = False) -> Any:
    """Make a function for some rows of a dense block and `vectors` times LANES trials.

    The function's arguments are weights, at, across, sums, g, row, out, row_out, t, later: it adds
    the `Sums` that begin at weights[at + o * across] and g[row, t:] to out[row_out + o, t:] for
    each o < outputs; g has a row for each neuron. With the strides exchanged it is the transposed
    block.

    Vectors may go beyond the last trial if this is `roomy`, which wants room behind g; else only a
    single one may. Then weights are asked for as well that will be needed next, from `later` on.
    """

    @intrinsic
    def panel(typingctx, weights, at, across, sums, g, row, out, row_out, t, later):
        whole = types.int64
        places = (whole, whole, sums, g, whole, out, whole, whole, whole)
        signature = types.void(weights, *places)

        def generate(context, builder, signature, arguments):
            arrays = Arrays(context, builder, signature, arguments)
            _, at, across, sums, _, row, _, row_out, t, later = arguments
            lines, terms, line, step, g_line = _fields(builder, Sums, sums)
            one, zero = constant(1), constant(0)
            pairs = [(o, p) for o in range(outputs) for p in range(vectors)]
            targets = [
                arrays.later(arrays.at(6, builder.add(row_out, constant(o)), t), LANES * p)
                for o, p in pairs
            ]
            left = builder.sub(arrays.length(6, 1), t)
            ends = arrays.panel_of(vectors, roomy or vectors == 1, left)
            # A mask costs time for each number that is read with it.
            load = arrays.vector if roomy else ends[0][0]
            # Not what is there: it may be far away, and everything else would wait for it.
            totals = [cgutils.alloca_once_value(builder, ZERO) for _ in pairs]
            starts = [builder.add(at, builder.mul(constant(o), across)) for o in range(outputs)]
            with cgutils.for_range_slice(builder, zero, lines, one, I64) as (k, _):
                heads = [builder.add(start, builder.mul(k, line)) for start in starts]
                first = builder.add(row, builder.mul(k, g_line))
                with cgutils.for_range_slice(builder, zero, terms, one, I64) as (s, _):
                    source = arrays.at(4, builder.add(first, s), t)
                    sent = [load(arrays.later(source, LANES * p)) for p in range(vectors)]
                    if roomy:
                        ahead = builder.mul(s, constant(outputs))
                        arrays.fetch(arrays.at(0, builder.add(later, ahead)))
                    for o in range(outputs):
                        place = builder.add(heads[o], builder.mul(s, step))
                        weight = arrays.splat(arrays.number(arrays.at(0, place)))
                        for p in range(vectors):
                            total = totals[o * vectors + p]
                            found = arrays.plus_product(builder.load(total), weight, sent[p])
                            builder.store(found, total)
            for total, target, (_, p) in zip(totals, targets, pairs, strict=True):
                read, write = ends[p]
                write(builder.fadd(read(target), builder.load(total)), target)
            return context.get_dummy_value()

        return signature, generate

    return panel


def window_panel(positions: int, vectors: int) -> Any:
    """Make a function for a kernel at some places of a window, and `vectors` times LANES outputs.

    The function's arguments are kernel, at, sums, moves, apart, outputs, g, first, out, to: for
    each vector, and each position, of which only every `apart`-th is meant, it adds the `Sums` that
    begin at kernel[at] and g[first], with the `Moves` to there, to out[to]. It takes its own number
    of positions and vectors, and the outputs of its first vector from its argument. Lanes of which
    there is no result are read and written, but what is there stays as it is.
    """

    @intrinsic
    def panel(typingctx, kernel, at, sums, moves, apart, outputs, g, first, out, to):
        whole = types.int64
        signature = types.void(kernel, whole, sums, moves, whole, whole, g, whole, out, whole)

        def generate(context, builder, signature, arguments):
            arrays = Arrays(context, builder, signature, arguments)
            _, at, sums, moves, apart, outputs, _, first, _, to = arguments
            lines, terms, line, step, g_line = _fields(builder, Sums, sums)
            moves = _fields(builder, Moves, moves)
            one, zero = constant(1), constant(0)

            def further(begin, k, step):
                return builder.add(begin, builder.mul(constant(k), step)) if k else begin

            g_step, out_step = (builder.mul(apart, far) for far in (moves.g_step, moves.out_step))
            pairs = [(p, v) for p in range(positions) for v in range(vectors)]
            totals = [cgutils.alloca_once_value(builder, ZERO) for _ in pairs]
            starts = [further(first, p, g_step) for p in range(positions)]
            with cgutils.for_range_slice(builder, zero, lines, one, I64) as (k, _):
                head = builder.add(at, builder.mul(k, line))
                seen = [builder.add(start, builder.mul(k, g_line)) for start in starts]
                with cgutils.for_range_slice(builder, zero, terms, one, I64) as (s, _):
                    place = builder.add(head, builder.mul(s, step))
                    weights = [
                        arrays.vector(arrays.at(0, further(place, v, moves.next)))
                        for v in range(vectors)
                    ]
                    for p in range(positions):
                        sent = arrays.splat(arrays.number(arrays.at(6, builder.add(seen[p], s))))
                        for v in range(vectors):
                            total = totals[p * vectors + v]
                            found = arrays.plus_product(builder.load(total), weights[v], sent)
                            builder.store(found, total)
            for total, (p, v) in zip(totals, pairs, strict=True):
                target = arrays.at(8, further(further(to, p, out_step), v, moves.out_next))
                found = builder.fadd(arrays.vector(target), builder.load(total))
                there = builder.sub(outputs, builder.mul(constant(v), moves.used))
                arrays.write_first(found, target, there)
            return context.get_dummy_value()

        return signature, generate

    return panel


@intrinsic
def ask_for(typingctx, array, row, column):
    """Ask for VECTORS vectors of a row of an array with two axes; they may lie behind its end."""
    signature = types.void(array, types.int64, types.int64)

    def generate(context, builder, signature, arguments):
        arrays = Arrays(context, builder, signature, arguments)
        first = arrays.at(0, arguments[1], arguments[2])
        for v in range(VECTORS):
            arrays.fetch(arrays.later(first, LANES * v))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def either(typingctx, weights, room):
    """The weights if they are float64, else the room that they are to be converted into."""
    kept = weights.dtype == types.float64
    result = weights if kept else room

    def generate(context, builder, signature, arguments):
        return arguments[0] if kept else arguments[1]

    return result(weights, room), generate


@intrinsic
def add_scaled(typingctx, out, to, g, first, factor, count):
    """Add factor times g[first + k] to out[to + k] for k < count; both have a single axis."""
    whole = types.int64
    signature = types.void(out, whole, g, whole, types.float64, whole)

    def generate(context, builder, signature, arguments):
        arrays = Arrays(context, builder, signature, arguments)
        _, to, _, first, factor, count = arguments
        spread = arrays.splat(factor)
        whole_vectors = builder.and_(count, constant(-LANES))
        passes = (
            (constant(0), whole_vectors, LANES, arrays.vector, arrays.write, spread),
            (whole_vectors, count, 1, arrays.number, builder.store, factor),
        )
        for begin, end, step, load, write, own in passes:
            with cgutils.for_range_slice(builder, begin, end, constant(step), I64) as (k, _):
                target = arrays.at(0, builder.add(to, k))
                sent = load(arrays.at(2, builder.add(first, k)))
                write(arrays.plus_product(load(target), own, sent), target)
        return context.get_dummy_value()

    return signature, generate

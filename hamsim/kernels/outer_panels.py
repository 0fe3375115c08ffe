"""Machine vectors for sums over trials of products of two neurons' numbers."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hamsim.kernels.registers import I64, LANES, ZERO, Arrays, constant

__all__ = ["facing", "outer_panel"]


def facing(both: bool) -> Any:
    """Make a function of values (n, 2, width), i, j: sum_t a_it g_jt, and a_jt g_it if both."""

    @intrinsic
    def sums(typingctx, values, i, j, later):
        signature = types.float64(values, *[types.int64] * 3)

        def generate(context, builder, signature, arguments):
            arrays = Arrays(context, builder, signature, arguments)
            _, i, j, later = arguments
            width = arrays.length(0, 2)
            neuron = builder.mul(width, constant(2))
            data = arrays._array(0).data
            heads = [builder.gep(data, [builder.mul(k, neuron)]) for k in (i, j, later)]
            total = cgutils.alloca_once_value(builder, ZERO)
            with cgutils.for_range_slice(builder, constant(0), width, constant(LANES), I64) as (
                t,
                _,
            ):
                arrays.fetch(builder.gep(heads[2], [t]))
                arrays.fetch(builder.gep(heads[2], [builder.add(width, t)]))
                a = [arrays.vector(builder.gep(head, [t])) for head in heads[:2]]
                g = [
                    arrays.vector(builder.gep(head, [builder.add(width, t)])) for head in heads[:2]
                ]
                found = arrays.plus_product(builder.load(total), a[0], g[1])
                if both:
                    found = arrays.plus_product(found, a[1], g[0])
                builder.store(found, total)
            return arrays.total(builder.load(total))

        return signature, generate

    return sums


def outer_panel(outputs: int, vectors: int, ends: bool) -> Any:
    """Make a function for some rows of a block, and `vectors` times LANES of its columns.

    Its arguments are values, step, left, right, terms, left2, right2, terms2, out, to, across,
    count. To out[to + o across + k] it adds the sum of values[left + o + s step] times
    values[right + k + s step] over s < terms, and the same of the second ones. If it `ends`, only
    k < count are meant; both arrays have one axis.
    """

    @intrinsic
    def panel(
        typingctx, values, step, left, right, terms, left2, right2, terms2, out, to, across, count
    ):
        whole = types.int64
        signature = types.void(values, *[whole] * 7, out, *[whole] * 3)

        def generate(context, builder, signature, arguments):
            arrays = Arrays(context, builder, signature, arguments)
            _, step, left, right, terms, left2, right2, terms2, _, to, across, count = arguments
            one, zero = constant(1), constant(0)
            ways = arrays.panel_of(vectors, ends, count)
            totals = [
                [cgutils.alloca_once_value(builder, ZERO) for _ in range(vectors)]
                for _ in range(outputs)
            ]
            for begin, other, limit in ((left, right, terms), (left2, right2, terms2)):
                with cgutils.for_range_slice(builder, zero, limit, one, I64) as (s, _):
                    moved = builder.mul(s, step)
                    source = arrays.at(0, builder.add(other, moved))
                    sent = [
                        load(arrays.later(source, LANES * p)) for p, (load, _) in enumerate(ways)
                    ]
                    head = arrays.at(0, builder.add(begin, moved))
                    for o in range(outputs):
                        factor = arrays.splat(arrays.number(arrays.later(head, o)))
                        for p in range(vectors):
                            total = totals[o][p]
                            found = arrays.plus_product(builder.load(total), factor, sent[p])
                            builder.store(found, total)
            for o in range(outputs):
                target = arrays.at(8, builder.add(to, builder.mul(constant(o), across)))
                for p, (load, write) in enumerate(ways):
                    place = arrays.later(target, LANES * p)
                    write(builder.fadd(load(place), builder.load(totals[o][p])), place)
            return context.get_dummy_value()

        return signature, generate

    return panel

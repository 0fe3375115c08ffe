"""The compiled functions of a family: loops over a chunk of neurons around its formulas.

The text of the loops is a module of its own, named by the hash of the text, so that what is
compiled from it can be kept. A family of the table imports its formulas; a user's formula is
written out in the text itself.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.util
import sys
from types import ModuleType
from typing import Any

from hamsim.formula import Formula, scratch_rows, write
from hamsim.kernels.calls import ARGUMENTS, compile_chunk_function
from hamsim.kernels.jit import COMPILING, first_call
from hamsim.kernels.kept import STORE
from hamsim.lagrangians.columns import TILE
from hamsim.lagrangians.proximal import has_formula, solver_text
from hamsim.lagrangians.row import Lagrangian

__all__ = ["FORMULAS", "TILE", "WHAT", "ChunkFunctions", "chunk_functions"]

# What can be asked for; the order is that of `Plan.chunk_calls`.
WHAT = ("activate", "add_dual", "add_lagrangian", "hessian", "prox", "common")
# Those that every family has formulas for; others are there where a family has them.
FORMULAS = WHAT[:4]
# Rows of scratch that the families of the table need.
ROWS = 4

_BEGIN = f"def {{}}({', '.join(ARGUMENTS)}):"


def _elementwise(count: int) -> str:
    """Text of the loops around scalar formulas L, g, h and dual of `count` parameters."""
    names = "".join(f", p{j}" for j in range(count))

    def at(neuron: str) -> str:
        return "".join(f", parameters[{j}, {neuron}]" for j in range(count))

    def take(neuron: str) -> str:
        return "; ".join(f"p{j} = parameters[{j}, {neuron}]" for j in range(count)) or "pass"

    views = f"""
    x, v, out = carray(x_at, n * m), carray(v_at, n * m), carray(out_at, n * m)
    parameters = carray(parameters_at, ({max(count, 1)}, stride))"""

    def map_loops(formula: str, factor: str = "") -> str:
        return f"""{views}
    if m == 1:
        for k in range(n):
            out[k] = {formula}(x[k]{at("k")}){factor}
    elif uniform:
        {take("0")}
        for k in range(n * m):
            out[k] = {formula}(x[k]{names}){factor}
    else:
        for i in range(n):
            {take("i")}
            for k in range(i * m, (i + 1) * m):
                out[k] = {formula}(x[k]{names}){factor}
"""

    # A tile is a view, in which the index counts from 0: the compiler has to know that it is not
    # negative to vectorise the loop.
    own = "".join(f", own{j}[k]" for j in range(count))
    own_parts = "; ".join(f"own{j} = parameters[{j}, first:last]" for j in range(count)) or "pass"

    def sum_loops(formula: str) -> str:
        return f"""{views}
    if m == 1:
        tile = carray(scratch_at, width)
        for first in range(0, n, TILE):
            last = min(first + TILE, n)
            part = x[first:last]
            {own_parts}
            for k in range(part.size):
                tile[k] = {formula}(part[k]{own})
            out[0] += tile_sum(tile, part.size)
    else:
        for i in range(n):
            {take("i")}
            for t in range(m):
                out[t] += {formula}(x[i * m + t]{names})
"""

    return "\n\n".join(
        [
            "from numba import carray\n\nfrom hamsim.lagrangians.columns import TILE, tile_sum",
            _BEGIN.format("activate") + map_loops("g"),
            _BEGIN.format("add_dual") + sum_loops("dual"),
            _BEGIN.format("add_lagrangian") + sum_loops("L"),
            _BEGIN.format("hessian") + map_loops("h", " * v[k]"),
        ]
    )


def _elementwise_prox(count: int, solved: bool) -> str:
    """Text of the loops around `prox_of_one`, which is written out where it has to solve."""
    own = "".join(f", parameters[{j}, i]" for j in range(count))
    return f"""{solver_text(count) if solved else ""}

{_BEGIN.format("prox")}
    x, kappa, out = carray(x_at, n * m), carray(v_at, n), carray(out_at, n * m)
    parameters = carray(parameters_at, ({max(count, 1)}, stride))
    for i in range(n):
        for k in range(i * m, (i + 1) * m):
            out[k] = prox_of_one(x[k], kappa[i]{own})
"""


def _collective(count: int, rows: int) -> str:
    """Text of the loops over the groups of a chunk around formulas of one group."""
    views = f"""
    x, g, v, out = (
        carray(x_at, (n, m)), carray(g_at, (n, m)), carray(v_at, (n, m)), carray(out_at, (n, m))
    )
    total = carray(out_at, m)
    parameters = carray(parameters_at, ({max(count, 1)}, stride))
    scratch = carray(scratch_at, ({rows}, width))
    for first in range(0, n, shared):
        last = first + shared
        own = parameters[:, first:last]
"""
    calls = {
        "activate": "group_activate(x[first:last], out[first:last], own, scratch)",
        "add_dual": "group_add_dual(x[first:last], g[first:last], total, own, scratch)",
        "add_lagrangian": "group_add_lagrangian(x[first:last], total, own, scratch)",
        "hessian": "group_hessian("
        "x[first:last], g[first:last], v[first:last], out[first:last], own, scratch)",
    }
    return "\n\n".join(
        ["from numba import carray"]
        + [f"{_BEGIN.format(name)}{views}        {call}\n" for name, call in calls.items()]
    )


def _collective_prox(count: int) -> str:
    """Text of the loop over the groups of a chunk around the proximal map of one group."""
    return f"""
{_BEGIN.format("prox")}
    x, out, kappa = carray(x_at, (n, m)), carray(out_at, (n, m)), carray(v_at, n)
    parameters = carray(parameters_at, ({max(count, 1)}, stride))
    scratch = carray(scratch_at, ({ROWS}, width))
    for first in range(0, n, shared):
        last = first + shared
        own = parameters[:, first:last]
        group_prox(x[first:last], out[first:last], kappa[first], own, scratch)
"""


def _collective_common(count: int) -> str:
    """Text of the loop over the groups of a chunk around what moves all of a group."""
    return f"""
{_BEGIN.format("common")}
    x, g, v, out = (
        carray(x_at, (n, m)), carray(g_at, (n, m)), carray(v_at, (n, m)), carray(out_at, (n, m))
    )
    parameters = carray(parameters_at, ({max(count, 1)}, stride))
    scratch = carray(scratch_at, ({ROWS}, width))
    for first in range(0, n, shared):
        last = first + shared
        own = parameters[:, first:last]
        group_common(x[first:last], g[first:last], v[first:last], out[first:last], own, scratch)
"""


def _text(row: Lagrangian) -> tuple[str, int]:
    """Text of a family's module, and the rows of scratch that it needs."""
    count = len(row.parameters)
    title = f'"""Loops of the Lagrangian {row.name}, written by hamsim."""\n\n'
    if row.formula:
        formula = Formula.parse(row.formula)
        if row.additive:
            loops = f"{_elementwise(count)}\n{_elementwise_prox(count, solved=True)}"
            return f"{title}{write(formula)}\n\n{loops}", 1
        rows = scratch_rows(formula)
        renamed = "\n".join(f"group_{name} = {name}" for name in FORMULAS)
        return f"{title}{write(formula)}\n\n{renamed}\n\n{_collective(count, rows)}", rows
    parts = ["L", "g", "h", "dual"] if row.additive else list(FORMULAS)
    prefix = "" if row.additive else "group_"
    names = [f"{row.name}_{part} as {prefix}{part}" for part in parts]
    if has_formula(row):
        names.append(f"{row.name}_prox as {'prox_of_one' if row.additive else 'group_prox'}")
    imports = f"from hamsim.lagrangians.{row.module} import {', '.join(names)}\n"
    if row.common:
        imports += f"from hamsim.lagrangians.commonparts import {row.name}_common as group_common\n"
    if row.additive:
        loops = f"{_elementwise(count)}\n{_elementwise_prox(count, not has_formula(row))}"
    else:
        loops = _collective(count, ROWS) + (_collective_prox(count) if has_formula(row) else "")
        loops += _collective_common(count) if row.common else ""
    return title + imports + loops, ROWS


class _Text(importlib.abc.InspectLoader):
    """Imports a text that is in no file: a file could be changed by others."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, fullname: str) -> str:
        return self._text


class ChunkFunctions:
    """The functions of one family, each compiled or loaded when its address is first asked for.

    Parameters
    ----------
    row : Lagrangian
    """

    def __init__(self, row: Lagrangian) -> None:
        text, self.scratch_rows = _text(row)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.name = f"hamsim_{row.name}_{digest}"
        self.text = text
        self._compiled: dict[str, Any] = {}

    @property
    def is_new(self) -> bool:
        """True if nobody has used this family with this cache yet, so that it has to compile."""
        return not STORE.has(f"{self.name}.")

    def address(self, what: str) -> int:
        """Address of one of `WHAT`."""
        if what not in self._compiled:
            with COMPILING:
                if what not in self._compiled:
                    with first_call(f"{self.name} {what}"):
                        module = self._import()
                        self._compiled[what] = compile_chunk_function(getattr(module, what))
        return int(self._compiled[what].address)

    def _import(self) -> ModuleType:
        if self.name in sys.modules:
            return sys.modules[self.name]
        spec = importlib.util.spec_from_loader(self.name, _Text(self.text))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.name] = module
        spec.loader.exec_module(module)
        return module


# They must live as long as anything holds their addresses, so for the whole process.
_FUNCTIONS: dict[tuple[str, str], ChunkFunctions] = {}


def chunk_functions(row: Lagrangian) -> ChunkFunctions:
    """Compiled functions of a family; those of one formula are shared by all who ask."""
    key = (row.name, row.formula)
    if key not in _FUNCTIONS:
        with COMPILING:
            if key not in _FUNCTIONS:  # making one derives a formula's text again
                _FUNCTIONS[key] = ChunkFunctions(row)
    return _FUNCTIONS[key]

"""A collective formula as the text of functions over all neurons and trials of a group.

A function is a sequence of passes over the neurons, each of which makes sums (or largest
elements) that need those of the pass before, and then one loop that writes its result. Each
comes twice: for one trial, where a loop runs over the neurons, terms go to a row of scratch and
the row is added up in eight partial sums; and for several trials, where the inner loop runs over
the trials and the sums are rows of scratch. Both orders depend on sizes alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hamsim.formula.code.statements import Names, needs, statements
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.formula import Formula
from hamsim.formula.tree.tree import SIZE, Node, V, X, name, postorder, rebuild
from hamsim.formula.values.constants import computed

__all__ = ["group_functions", "group_scratch_rows"]

_G = name("@g")  # the activation, where a function is handed it
_CHUNK = 256
_REDUCED = ("sum", "top")
_STARTS = {"sum": "0.0", "top": "-math.inf"}

_HELPERS = """

@inlined
def _sum(row, count):
    a = b = c = d = e = f = g = h = 0.0
    whole = count - count % 8
    for i in range(0, whole, 8):
        a += row[i]
        b += row[i + 1]
        c += row[i + 2]
        d += row[i + 3]
        e += row[i + 4]
        f += row[i + 5]
        g += row[i + 6]
        h += row[i + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, count):
        total += row[i]
    return total


@inlined
def _larger(u, v):
    return v if u <= v else u


@inlined
def _top(row, count):
    a = b = c = d = row[0]
    whole = count - count % 4
    for i in range(0, whole, 4):
        a = _larger(row[i], a)
        b = _larger(row[i + 1], b)
        c = _larger(row[i + 2], c)
        d = _larger(row[i + 3], d)
    top = _larger(_larger(a, b), _larger(c, d))
    for i in range(whole, count):
        top = _larger(row[i], top)
    return top"""


@dataclass(frozen=True)
class _Function:
    """What one of the functions computes.

    Parameters
    ----------
    arguments : tuple of str
        Those before ``parameters`` and ``scratch``.
    root : Node
        Lowered tree of the result: a value of each neuron, or one that is added to ``out``.
    result : str
        Array that a result of each neuron is written to.
    arrays : mapping of Node to str
        What each neuron has.
    """

    name: str
    arguments: tuple[str, ...]
    root: Node
    result: str
    arrays: dict[Node, str]
    levels: dict[Node, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in postorder(self.root):
            below = max((self.levels[arg] for arg in node.args), default=0)
            self.levels[node] = below + (node.op in _REDUCED)

    def level(self, node: Node) -> int:
        """How many passes come before a value is known, or make it."""
        if node not in self.levels:  # a power that is only needed to write another
            self.levels[node] = max((self.level(arg) for arg in node.args), default=0)
        return self.levels[node]

    def reductions(self, level: int) -> list[Node]:
        """Sums and largest elements that one pass makes."""
        return [n for n, at in self.levels.items() if at == level and n.op in _REDUCED]

    def visible(self, roots: Iterable[Node]) -> list[Node]:
        """Values of the group, as far as the roots need them and no other values of the group."""
        found = postorder(*roots, below=lambda node: needs(node) if node.bare else ())
        return [node for node in found if not node.bare and node.value is None]


def _functions(formula: Formula) -> list[_Function]:
    own = "x" in formula.g.bare and formula.g != X
    handed = {formula.g: _G} if own else {}
    dual, h = rebuild([formula.dual, formula.h], _as_it_is, handed)
    g, L, dual, h = computed([formula.g, formula.L, dual, h])
    x, with_g = {X: "x"}, {X: "x", _G: "g"}
    return [
        _Function("activate", ("x", "g"), g, "g", x),
        _Function("add_dual", ("x", "g", "out"), dual, "", with_g),
        _Function("add_lagrangian", ("x", "out"), L, "", x),
        _Function("hessian", ("x", "g", "v", "out"), h, "out", with_g | {V: "v"}),
    ]


def _as_it_is(node: Node, args: tuple[Node, ...]) -> Node:
    return Node(node.op, args, node.label, node.value)


def group_functions(formula: Formula) -> list[str]:
    """Lines of the four functions and of what they share."""
    lines = _HELPERS.splitlines()
    for function in _functions(formula):
        arguments = ", ".join([*function.arguments, "parameters", "scratch"])
        lines += ["", "", "@jit", f"def {function.name}({arguments}):"]
        lines += [f"    {line}" for line in _Body(function, formula.parameters).lines()]
    return lines


def group_scratch_rows(formula: Formula) -> int:
    """Rows of scratch that the functions need together."""
    rows = 1
    for function in _functions(formula):
        body = _Body(function, formula.parameters)
        body.lines()
        rows = max(rows, body.rows)
    return rows


class _Body:
    """Writes the body of one function."""

    def __init__(self, function: _Function, parameters: tuple[str, ...]) -> None:
        self.function = function
        self.places = {label: k for k, label in enumerate(parameters)}
        self.rows = 0
        self.last = max(function.levels.values())
        used = postorder(function.root)
        self.own = [n for n in used if n.op == "name" and n.label in self.places]
        self.arrays = [n for n in used if n in function.arrays]

    def lines(self) -> list[str]:
        common = Names({}, "c")
        out = ["k, m = x.shape"]
        for node in postorder(self.function.root):
            if node.op == "shared":
                place = self.places[node.label]
                out.append(f"c{place} = parameters[{place}, 0]")
                common.known[node] = f"c{place}"
            elif node == SIZE:
                out.append("size = float(k)")
                common.known[node] = "size"
        common.count = len(self.places)
        out += statements(self._fixed(), common)
        return [
            *out,
            "if m == 1:",
            *_indented(self._one_trial(common.inner())),
            "    return",
            *self._many_trials(common.inner()),
        ]

    def _group_values(self) -> list[Node]:
        """Values of the group that passes over the neurons use."""
        f = self.function
        terms = [n.args[0] for n in f.levels if n.op in _REDUCED]
        return f.visible([*terms, f.root])

    def _fixed(self) -> list[Node]:
        """Values of the group that no state changes."""

        def is_fixed(node: Node) -> bool:
            return not node.bare and self.function.level(node) == 0

        found = postorder(
            self.function.root, below=lambda node: () if is_fixed(node) else needs(node)
        )
        return [node for node in found if is_fixed(node) and node.value is None]

    def _carried(self) -> Node | None:
        """Value of each neuron that the last pass and the result both need, and that costs most.

        The last pass leaves it in the array of the result.
        """
        f = self.function
        if not f.result or self.last == 0:
            return None
        in_pass = set(_own_values([n.args[0] for n in f.reductions(self.last)]))
        both = [n for n in _own_values([f.root]) if n in in_pass and n.args and "x" in n.names]
        costly = [n for n in both if not _is_cheap(n)]
        return max(costly, key=lambda n: (len(postorder(n)), n.key), default=None)

    # --- one trial ---

    def _one_trial(self, names: Names) -> list[str]:
        f = self.function
        lines = [f"{array}1 = {array}.reshape(k)" for array in self._used_arrays()]
        names.prefix, names.count = "s", 0
        carried = self._carried()
        for level in range(1, self.last + 1):
            lines += self._pass_of_one(f.reductions(level), names, level == self.last, carried)
            ready = [n for n in self._group_values() if f.level(n) == level]
            lines += statements(ready, names)
        if not f.result:
            lines += statements([f.root], names)
            return [*lines, f"out[0] += {names[f.root]}"]
        inner = names.inner()
        inner.prefix, inner.count = "t", 0
        if carried is not None:
            inner.known[carried] = f"{f.result}1[i]"
        self._name_arrays(inner, "1[i]")
        body = self._parameters(inner) + statements([f.root], inner)
        body.append(f"{f.result}1[i] = {inner[f.root]}")
        return [*lines, "for i in range(k):", *_indented(body)]

    def _used_arrays(self) -> list[str]:
        f = self.function
        used = [f.arrays[node] for node in self.arrays]
        return list(dict.fromkeys([*used, *([f.result] if f.result else [])]))

    def _name_arrays(self, names: Names, index: str) -> None:
        for node in self.arrays:
            names.known[node] = f"{self.function.arrays[node]}{index}"

    def _parameters(self, names: Names) -> list[str]:
        """Lines that read a neuron's own parameters."""
        lines = []
        for node in self.own:
            place = self.places[node.label]
            lines.append(f"p{place} = parameters[{place}, i]")
            names.known[node] = f"p{place}"
        return lines

    def _pass_of_one(
        self, reductions: list[Node], names: Names, last: bool, carried: Node | None
    ) -> list[str]:
        inner = names.inner()
        inner.prefix, inner.count = "t", 0
        self._name_arrays(inner, "1[i]")
        body = ["i = first + j", *self._parameters(inner)]
        body += statements([n.args[0] for n in reductions], inner)
        if last and carried is not None:
            body.append(f"{self.function.result}1[i] = {inner[carried]}")
        before, after = [], []
        for row, node in enumerate(reductions):
            made = names.fresh()
            names.known[node] = made
            before += [f"{made} = {_STARTS[node.op]}", f"row{row} = scratch[{row}]"]
            body.append(f"row{row}[j] = {inner[node.args[0]]}")
            after.append(
                f"{made} += _sum(row{row}, count)"
                if node.op == "sum"
                else f"{made} = _larger({made}, _top(row{row}, count))"
            )
        self.rows = max(self.rows, len(reductions))
        return [
            *before,
            f"for first in range(0, k, {_CHUNK}):",
            f"    count = min({_CHUNK}, k - first)",
            "    for j in range(count):",
            *_indented(_indented(body)),
            *_indented(after),
        ]

    # --- several trials ---

    def _many_trials(self, names: Names) -> list[str]:
        f = self.function
        lines: list[str] = []
        names.prefix, names.count = "t", 0
        carried = self._carried()
        row = 0
        for level in range(1, self.last + 1):
            reductions = f.reductions(level)
            for node in reductions:
                names.known[node] = f"r{row}[t]"
                lines += [f"r{row} = scratch[{row}]", f"r{row}[:m] = {_STARTS[node.op]}"]
                row += 1
            lines += self._pass_of_many(reductions, names, level == self.last, carried)
            ready = [
                n
                for n in self._group_values()
                if f.level(n) == level and n not in names and n.bare == frozenset()
            ]
            if ready:
                inner = names.inner()
                body = statements(ready, inner)
                for node in ready:
                    lines.append(f"r{row} = scratch[{row}]")
                    body.append(f"r{row}[t] = {inner[node]}")
                    names.known[node] = f"r{row}[t]"
                    row += 1
                lines += ["for t in range(m):", *_indented(body)]
        self.rows = max(self.rows, row)
        if not f.result:
            inner = names.inner()
            body = statements([f.root], inner)
            body.append(f"out[t] += {inner[f.root]}")
            return [*lines, "for t in range(m):", *_indented(body)]
        inner, head = self._of_neuron(names, [f.root])
        if carried is not None:
            inner.known[carried] = f"{f.result}[i, t]"
        body = statements([f.root], inner)
        body.append(f"{f.result}[i, t] = {inner[f.root]}")
        return [*lines, *_over_neurons(head, body)]

    def _of_neuron(self, names: Names, roots: list[Node]) -> tuple[Names, list[str]]:
        """Names in a loop over the trials of a neuron, and lines that come before that loop."""
        inner = names.inner()
        head = self._parameters(inner)
        inner.prefix, inner.count = "q", 0
        fixed = [
            n
            for n in _own_values(roots)
            if n.args and n.names <= self.places.keys() and not _has_rows(n)
        ]
        head += statements(fixed, inner)
        inner.prefix, inner.count = "t", 0
        self._name_arrays(inner, "[i, t]")
        return inner, head

    def _pass_of_many(
        self, reductions: list[Node], names: Names, last: bool, carried: Node | None
    ) -> list[str]:
        terms = [n.args[0] for n in reductions]
        inner, head = self._of_neuron(names, terms)
        body = statements(terms, inner)
        if last and carried is not None:
            body.append(f"{self.function.result}[i, t] = {inner[carried]}")
        for node in reductions:
            total, term = inner[node], inner[node.args[0]]
            body.append(
                f"{total} += {term}" if node.op == "sum" else f"{total} = _larger({term}, {total})"
            )
        return _over_neurons(head, body)


def _over_neurons(head: list[str], body: list[str]) -> list[str]:
    return [
        "for i in range(k):",
        *_indented(head),
        "    for t in range(m):",
        *_indented(_indented(body)),
    ]


def _own_values(roots: Iterable[Node]) -> list[Node]:
    """Values of each neuron that the roots are made of, values of the group left out."""
    found = postorder(*roots, below=lambda node: needs(node) if node.bare else ())
    return [node for node in found if node.bare]


def _is_cheap(node: Node) -> bool:
    if node.op in FUNCTIONS:
        return FUNCTIONS[node.op].cheap
    return node.op in ("add", "mul", "max", "pick")


def _has_rows(node: Node) -> bool:
    return any(n.op in _REDUCED for n in postorder(node))


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]

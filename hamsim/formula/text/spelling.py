"""Trees as text for people, in the syntax in which formulas are written."""

from __future__ import annotations

from hamsim.formula.arithmetic.rationals import Number, as_float
from hamsim.formula.elementary.table import FUNCTIONS
from hamsim.formula.tree.algebra import HALF, split
from hamsim.formula.tree.tree import ONE, ZERO, Node, number, postorder
from hamsim.formula.values.constants import worked_out

__all__ = ["spelled", "spelled_number"]

_MOST_CHARACTERS = 400
_LARGE = 10**6  # a denominator that no one wants to read
# How strongly the parts of a text hold together; a weaker one gets parentheses.
_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_Text = tuple[str, int]


def spelled_number(value: Number) -> str:
    """Shortest text of a number: 3, 1/3, 0.1."""
    if value.denominator == 1 and abs(value) < 10**16:
        return str(value.numerator)
    nearest = as_float(value)
    if value.denominator == 1 or nearest == value or value.denominator >= _LARGE:
        return f"{nearest:.10g}"
    return f"{value.numerator}/{value.denominator}"


def spelled(root: Node) -> str:
    """Text of a formula; what is too long ends in dots."""
    texts: dict[Node, _Text] = {}
    (root,) = worked_out([root])
    for node in postorder(root):
        text, strength = _spell(node, texts)
        if len(text) > _MOST_CHARACTERS:
            text, strength = "...", _ATOM
        texts[node] = text, strength
    return texts[root][0]


def _inside(part: _Text, strength: int) -> str:
    text, own = part
    return text if own >= strength else f"({text})"


def _spell(node: Node, texts: dict[Node, _Text]) -> _Text:
    args = [texts[arg] for arg in node.args]
    match node.op:
        case "number":
            assert node.value is not None
            text = spelled_number(node.value)
            return text, _SUM if text.startswith("-") else _PRODUCT if "/" in text else _ATOM
        case "pi":
            return "pi", _ATOM
        case "name" | "shared":
            return node.label.removeprefix("@"), _ATOM
        case "size":
            return "size", _ATOM
        case "add":
            return _spell_sum(node, texts), _SUM
        case "mul":
            return _spell_product(node, texts)
        case "pow" if node.args[1] == HALF:
            return f"sqrt({args[0][0]})", _ATOM
        case "pow":
            return _spell_product(node, texts)
        case "pick":
            if node.args[1:] == (ONE, ZERO):
                return f"step({args[0][0]})", _ATOM
            return f"where({args[0][0]} > 0, {args[1][0]}, {args[2][0]})", _ATOM
        case "term":
            return _times_exp(args[0], node.args[0], args[1], node.args[1]), _PRODUCT
        case "expsum":
            return f"log(sum({_times_exp(args[0], node.args[0], args[1], node.args[1])}))", _ATOM
        case "lse":
            return f"log({_whole(node, texts)})", _ATOM
        case "share":
            whole = _whole(node.args[0], texts)
            above = _times_exp(args[1], node.args[1], args[2], node.args[2])
            return f"{above}/{whole if _is_sum(node.args[0]) else f'({whole})'}", _PRODUCT
        case "part":
            whole = _whole(node.args[0], texts)
            return f"{_whole(node.args[1], texts)}/({whole})", _PRODUCT
    said = FUNCTIONS[node.op].said if node.op in FUNCTIONS else node.op
    return f"{said}({', '.join(text for text, _ in args)})", _ATOM


def _is_sum(whole: Node) -> bool:
    return whole.op == "expsum"


def _times_exp(weight: _Text, weight_node: Node, exponent: _Text, exponent_node: Node) -> str:
    if exponent_node == ZERO:
        return weight[0]
    power = f"exp({exponent[0]})"
    return power if weight_node == ONE else f"{_inside(weight, _PRODUCT)}*{power}"


def _whole(node: Node, texts: dict[Node, _Text]) -> str:
    """Sum whose logarithm a node is."""
    entries = node.args if node.op == "lse" else (node,)
    parts = []
    for entry in entries:
        weight, exponent = entry.args
        text = _times_exp(texts[weight], weight, texts[exponent], exponent)
        parts.append(f"sum({text})" if entry.op == "expsum" else text)
    return " + ".join(parts)


def _spell_sum(node: Node, texts: dict[Node, _Text]) -> str:
    # What is subtracted comes last, if something is there to subtract it from.
    terms = sorted(node.args, key=lambda term: split(term)[0] < 0)
    text = ""
    for term in terms:
        if text and split(term)[0] < 0:
            opposite = _opposite(term)
            inner = texts.get(opposite) or _spell_product(opposite, texts)
            text += f" - {_inside(inner, _PRODUCT)}"
        else:
            text += " + " * bool(text) + texts[term][0]
    return text


def _opposite(term: Node) -> Node:
    """Term without the sign in front, made of the same parts."""
    front, rest = split(term)
    parts = rest.args if rest.op == "mul" else (rest,)
    kept = parts if front == -1 else (number(-front), *(p for p in parts if p != ONE))
    return kept[0] if len(kept) == 1 else Node("mul", kept)


def _spell_product(node: Node, texts: dict[Node, _Text]) -> _Text:
    above: list[str] = []
    below: list[str] = []
    sign = ""
    for factor in node.args if node.op == "mul" else (node,):
        if factor.value is not None:
            value = factor.value
            if value < 0:
                sign, value = "-", -value
            if "/" in spelled_number(value):
                above += [str(value.numerator)] * (value.numerator != 1)
                below.append(str(value.denominator))
            elif value != 1:
                above.append(spelled_number(value))
            continue
        base, exponent = factor.args if factor.op == "pow" else (factor, ONE)
        if exponent.value is not None and exponent.value < 0:
            below.append(_spell_power(base, number(-exponent.value), texts))
        else:
            above.append(_spell_power(base, exponent, texts))
    text = "*".join(above) or "1"
    if below:
        text += "/" + (below[0] if len(below) == 1 else f"({'*'.join(below)})")
    alone = len(above) + len(below) == 1 and not sign and above
    return sign + text, _SUM if sign else (_POWER if alone else _PRODUCT)


def _spell_power(base: Node, exponent: Node, texts: dict[Node, _Text]) -> str:
    if exponent == ONE:
        # in a denominator or a product, a quotient keeps its parentheses
        return _inside(texts[base], _POWER)
    if exponent == HALF:
        return f"sqrt({texts[base][0]})"
    over = spelled(exponent) if exponent not in texts else texts[exponent][0]
    simple = over.replace(".", "").isalnum()
    return f"{_inside(texts[base], _ATOM)}**{over if simple else f'({over})'}"

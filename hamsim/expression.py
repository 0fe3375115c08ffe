"""Arithmetic written as text: parsed by a small whitelist, never run as Python.

An expression is numbers, names, ``+ - * / // % **``, parentheses and the functions
of `FUNCTIONS`. All arithmetic is in floating point, so that no expression can ask for
more than a moment (``9**9**9`` overflows instead of filling the memory).
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import numpy as np

from hamsim.errors import ExpressionError, did_you_mean

__all__ = ["CONSTANTS", "COUNTS", "FUNCTIONS", "evaluate", "names_in", "parse", "short"]

MAX_LENGTH = 1000
MAX_DEPTH = 60

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "floor": np.floor,
    "log": np.log,
    "log2": np.log2,
    "max": np.maximum,
    "min": np.minimum,
    "round": np.round,
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
_TWO_ARGUMENTS = ("max", "min")
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}


# How many arguments each function takes.
COUNTS: Mapping[str, int] = {name: 2 if name in _TWO_ARGUMENTS else 1 for name in FUNCTIONS}
_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}


def parse(
    text: str, functions: Mapping[str, int] = COUNTS, operators: str = "+ - * / // % **"
) -> ast.expr:
    """Parse `text` and refuse whatever is not plain arithmetic.

    Parameters
    ----------
    text : str
        At most 1000 characters, nested at most 60 deep.
    functions : mapping of str to int
        The functions that may be called, each with its number of arguments; those of `evaluate`
        by default.
    operators : str
        The operators that may stand between two numbers, separated by blanks.

    Returns
    -------
    ast.expr
        A tree that holds numbers, names, signs, and of operators and calls only these.

    Raises
    ------
    ExpressionError
        With one line that says what is wrong.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"the expression has {len(text)} characters; at most {MAX_LENGTH} are allowed"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python only warns of is no arithmetic either
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, SyntaxWarning, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"'{short(text)}' is not an arithmetic expression") from None
    _check(tree, text, functions, operators, 0)
    return tree


def short(text: str) -> str:
    """Text on one line of at most 60 characters, for messages."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _check(
    node: ast.expr, text: str, functions: Mapping[str, int], operators: str, depth: int
) -> None:
    if depth > MAX_DEPTH:
        raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} deep")
    children: Iterable[ast.expr]
    match node:
        case ast.Constant(value=bool() | str() | bytes() | complex() | None):
            raise ExpressionError(
                f"'{short(ast.unparse(node))}' is not a number in '{short(text)}'"
            )
        case ast.Constant(value=int() | float()) | ast.Name():
            children = ()
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            children = (operand,)
        case ast.BinOp(left=left, op=op, right=right) if (
            _OPERATORS.get(type(op)) in operators.split()
        ):
            children = (left, right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if name not in functions:
                raise ExpressionError(f"unknown function '{name}'; {did_you_mean(name, functions)}")
            wanted = functions[name]
            if len(args) != wanted:
                raise ExpressionError(f"{name}() takes {wanted} argument(s), got {len(args)}")
            children = args
        case _:
            raise ExpressionError(
                f"'{short(text)}' is not an arithmetic expression; allowed are numbers, names, "
                f"{operators}, parentheses and functions such as sqrt()"
            )
    for child in children:
        _check(child, text, functions, operators, depth + 1)


def names_in(tree: ast.expr) -> list[str]:
    """Names that the expression reads, functions and constants left out."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
    ]
    return [name for name in dict.fromkeys(found) if name not in CONSTANTS]


def evaluate(
    text: str | ast.expr,
    names: Mapping[str, Any] | None = None,
    finite: bool = True,
    functions: Mapping[str, Callable[..., Any]] = FUNCTIONS,
) -> Any:
    """Value of an expression.

    Parameters
    ----------
    text : str or ast.expr
        The expression, or what `parse` made of it.
    names : mapping of str to float or ndarray
        What the names in it stand for; arrays are broadcast.
    finite : bool
        Refuse a result that is not finite. What is passed on the way may be infinite, as in
        ``min(1, 1/d)`` at d = 0.
    functions : mapping of str to callable
        Those that a parsed expression may call.

    Returns
    -------
    float or ndarray

    Raises
    ------
    ExpressionError
        Not an expression, an unknown name, or a result that is not finite.
    """
    tree = parse(text) if isinstance(text, str) else text
    known: dict[str, Any] = {**CONSTANTS, **(names or {})}
    with np.errstate(all="ignore"):
        value = _value(tree, known, functions)
    shown = text if isinstance(text, str) else ast.unparse(text)
    if finite and not np.all(np.isfinite(value)):
        raise ExpressionError(f"'{short(shown)}' is not finite (a division by zero or an overflow)")
    return float(value) if np.ndim(value) == 0 else value


def _value(
    node: ast.expr, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]
) -> Any:
    match node:
        case ast.Constant(value=number):
            try:
                return np.float64(cast(float, number))
            except OverflowError:
                return np.float64(np.inf)
        case ast.Name(id=name):
            if name not in names:
                raise ExpressionError(
                    f"unknown name '{name}'; {did_you_mean(name, names, 'known names')}"
                )
            return np.asarray(names[name], dtype=np.float64)[()]
        case ast.UnaryOp(op=op, operand=operand):
            value = _value(operand, names, functions)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](
                _value(left, names, functions), _value(right, names, functions)
            )
        case ast.Call(func=ast.Name(id=name), args=args):
            return functions[name](*(_value(arg, names, functions) for arg in args))
    raise ExpressionError("not an arithmetic expression")

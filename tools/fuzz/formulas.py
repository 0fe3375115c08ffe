"""Expressions: arithmetic over parameters, of a distance, and formulas of a Lagrangian."""

from fuzz import doors
from fuzz.case import Case, Door

NUMBERS = (
    "0 1 2 3 4 0.5 1e-3 1e16 1e308 1e400 1e-400 .5 1. 1_000 0x1F 1j 10**400 007 "
    "123456789012345678901234567890 0.1 1/3 -1 -0.0"
).split()
ARITHMETIC = (
    "abs ceil cos cosh exp floor log log2 max min round sign sin sinh sqrt tan tanh".split()
)
ANALYTIC = (
    "abs arcsinh arctan asinh atan cos cosh erf exp expm1 log log1p logcosh max min relu sigmoid "
    "sign sin sinh softplus sqrt tanh"
).split()
ODD = (
    "x",
    "(",
    ")",
    "**",
    "//",
    "%",
    "~x",
    "x if x else x",
    "[x]",
    "x.y",
    "x[0]",
    "'x'",
    "f'{x}'",
    "lambda x: x",
    "x := 1",
    "x, x",
    "*x",
    "x = 1",
    "x == x",
    "x and x",
    "not x",
    "sum",
    "sum()",
    "sum(x, x)",
    "sum(x=1)",
    "nope(x)",
    "exp",
    "True",
    "None",
    "...",
    "\u03c0",
    "\u212f",
    "\uff58",
    "x\x00",
    "x\n",
    "\tx",
    "x;x",
    "x\\\n",
    "#x",
    "0xg",
    "1__0",
    "1e",
    "--x",
    "x x",
    "x!",
    "x^2",
    "\u2212x",
    "@x",
    "await x",
    "yield",
    "__import__('os')",
)


def expression(rng, names, functions, depth=0):
    """A random text, mostly a proper expression."""
    draw = rng.random()
    if depth > 4 or draw < 0.25:
        return rng.choice((rng.choice(names), rng.choice(names), rng.choice(NUMBERS)))
    if draw < 0.27:
        return rng.choice(ODD)
    again = [expression(rng, names, functions, depth + 1) for _ in range(2)]
    if draw < 0.65:
        operator = rng.choice(("+", "-", "*", "/", "**", "*", "+", "-"))
        form = rng.choice(("{}{}{}", "({} {} {})", "({}){}({})"))
        return form.format(again[0], operator, again[1])
    if draw < 0.7:
        return f"-{again[0]}"
    name = rng.choice(functions)
    arguments = ", ".join(again) if name in ("max", "min") else again[0]
    return f"{name}({arguments})"


def _spoilt(rng, text):
    draw = rng.random()
    if draw < 0.75:
        return text
    at = rng.randrange(len(text) + 1)
    if draw < 0.9:
        return text[:at] + rng.choice(ODD) + text[at:]
    if draw < 0.94:
        return text[:at] + text[at + 1 :]
    if draw < 0.97:
        depth = rng.choice((30, 70, 300, 495))
        return "(" * depth + text + ")" * depth
    return rng.choice((f"{text}+" * rng.choice((5, 100)) + "1", "-" * 200 + text, text * 40))


def make(rng):
    return rng.choice((_arithmetic, _distance, _formula, _formula))(rng)


def _case(kind, text, call):
    return Case("expressions", kind, [Door(kind, call)], told=text, places=(text,) if text else ())


def _arithmetic(rng):
    names = ["n", "beta", "pi", "e", "nope" if rng.random() < 0.1 else "n"]
    text = _spoilt(rng, expression(rng, names, ARITHMETIC))
    key = rng.choice(("size", "tau", "input", "initial", "parameter", "weights", "dt", "density"))
    parameters = {"n": rng.choice((3, 0, -2.5, 1e300)), "beta": "n / 3"}
    group = {"size": 2, "lagrangian": "tanh", "tau": "1 + 0 * n * beta"}
    tree = {"format": "hamsim/1", "parameters": parameters, "groups": {"a": group}}
    if key in ("weights", "density"):
        part = {"within": "a", "weights": 0.1}
        tree["connections"] = [{**part, key: text}]
    elif key == "dt":
        tree["simulation"] = {"dt": text}
    elif key == "parameter":
        parameters["beta"] = text
    else:
        group[key] = text
    seed = rng.getrandbits(32)
    return _case(f"arithmetic of {key}", text, lambda folder: doors.whole(tree, seed))


def _distance(rng):
    text = _spoilt(rng, expression(rng, ["d", "d", "n", "pi"], ARITHMETIC))
    space = rng.choice(("ring", "line", "grid", "torus"))
    shape = rng.choice(([5], [3, 3], [2, 2, 2], [1]))
    way = rng.choice(({"within": "a"}, {"between": ["a", "a"]}, {"from": "a", "to": "a"}))
    weights = {"of_distance": text, "space": space}
    if rng.random() < 0.3:
        weights["length"] = rng.choice((1, 1e-300, 1e300, "2 * pi", "n"))
    tree = {
        "format": "hamsim/1",
        "parameters": {"n": 2},
        "groups": {"a": {"shape": shape, "lagrangian": "tanh", "tau": "n"}},
        "connections": [{**way, "weights": weights}],
    }
    seed = rng.getrandbits(32)
    return _case("of a distance", text, lambda folder: doors.whole(tree, seed))


LIKELY = (
    "x**2/2",
    "log(cosh(b*x))/b",
    "log(sum(exp(b*x)))/b",
    "sqrt(sum(x**2) + b)",
    "log(1 + exp(b*x))/b + x**4/4",
    "max(x, 0)**2/2",
    "abs(x)**b/b",
    "sum(x**2)/(1 + b)",
    "x*tanh(x) - logcosh(x)",
    "relu(x)**3/3",
    "sqrt(x**2 + 1)",
    "log(sum(exp(x)) + 1)",
    "mean(x**2) - mean(x)**2",
)


def _huge(rng):
    """Functions of states near the ends of what a double holds."""
    end = rng.choice(("1e300", "1e308", "1e154", "1e-300", "1e16", "1e8", "710", "0.1"))
    inner = rng.choice(
        ("min({},x)", "max({},x)", "x*{}", "x/{}", "x+{}", "abs(x-{})", "relu(x-{})", "x**2+{}")
    ).format(end)
    outer = rng.choice([*ANALYTIC[:8], *ANALYTIC])
    if outer in ("max", "min"):
        inner = f"{inner}, x"
    text = f"{outer}({inner}{rng.choice(('', '*2', '/3', '+b'))})"
    if rng.random() < 0.3:
        text = rng.choice(("log(sum({}))", "sum({})**2", "sqrt(sum(({})**2) + b)")).format(text)
    return rng.choice(("{}", "{}**2", "{} + x**2/2", "x*{}", "{}/b", "-{}")).format(text)


def _formula(rng):
    text = rng.choice(LIKELY)
    draw = rng.random()
    if draw < 0.35:
        text = expression(rng, ["x", "x", "b", "pi"], [*ANALYTIC, "sum", "mean"])
    elif draw < 0.55:
        text = _huge(rng)
    elif draw < 0.8:
        piece = expression(rng, ["x", "b"], ANALYTIC, depth=3)
        text = rng.choice((f"{text} + {piece}", f"{text}*{piece}", text.replace("x", piece, 1)))
    text = _spoilt(rng, text)
    lagrangian = {"expression": text}
    if rng.random() < 0.9:
        lagrangian["b"] = rng.choice((2, 0.5, -1, 0, 1e300, 1e-300, [1, 2, 3], "x", 1e16))
    if rng.random() < 0.15:
        lagrangian["domain"] = rng.choice(([0, 1], [-1, 1], [1, 0], [0], [1e-300, 1e300], "x"))
    if rng.random() < 0.15:
        lagrangian["over"] = rng.choice(("all", "last", [0], 3))
    group = {"size": 3, "lagrangian": lagrangian}
    tree = {"format": "hamsim/1", "groups": {"a": group}}
    if rng.random() < 0.5:
        tree["connections"] = [{"within": "a", "weights": 0.2}]
    seed = rng.getrandbits(32)
    case = _case("formula", text, lambda folder: doors.whole(tree, seed))
    if rng.random() < 0.3:
        words = ["lagrangians", "-e", text, "--set", f"b={rng.choice((2, 0.5, 1e300))}", "--json"]
        case.doors.append(Door("lagrangians", lambda folder: doors.command(words)))
    return case

"""Arguments of the functions of Python: what stands where a number, a name or an array is meant."""

import functools

from fuzz import oddities
from fuzz.case import Case, Door, TooLargeError
from fuzz.show import shown

FUNCTIONS = {
    "simulate": ("initial method dt t_end steps until record threads energy layout dtype").split(),
    "check": "confidence quick seconds".split(),
    "energy": ["x", "scaled"],
    "activation": ["x"],
    "velocity": ["x"],
    "compile": ["source", "overrides"],
    "load": ["source", "overrides"],
    "dump": ["spec"],
    "load_trace": ["path", "groups", "every"],
    "Record": "every what groups".split(),
    "of": ["name"],
    "index": ["name"],
}
LIKELY = {
    "method": ("euler", "rk4", "Euler", "", "auto"),
    "until": ({"residual": 1e-3}, {"residual": -1}, {"other": 1}, 1e-3),
    "energy": ("plain", "scaled"),
    "layout": ("rows", "half", "tiles", "dense", "convolution", "columns"),
    "dtype": ("float32", "float64", "float16", "int8", "object", float, "f4", ">f8", "nope"),
    "record": (None, "auto", "all", {"every": 1}, {"every": 0.1, "what": "x"}, {"nope": 1}),
    "what": ("x", ["x", "g"], ["nope"], [], "energy"),
    "groups": ("a", ["a"], ["nope"], [], "all"),
    "name": ("a", "nope", "a[0]", "a.A", 0),
    "steps": (0, 3, 2.0, -1, True),
    "dt": (0.1, 1e-300, 1e300, "auto", 0),
    "t_end": (0.3, 0, -1),
    "overrides": ({"groups.a.tau": 2}, {"groups.a.tau": -1}, {"nope": 1}, {1: 2}, ["x"]),
    "source": ("nowhere.yaml", "", ".", "\x00", b"x", "a\nb"),
    "path": ("nowhere.nc", "", ".", "/dev/null", "\x00"),
}


@functools.cache
def network():
    import hamsim

    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"neurons": ["A", "B", "C"], "lagrangian": "tanh"},
                "b": {"shape": [2, 2], "lagrangian": "softmax", "tau": 0.5},
            },
            "connections": [{"between": ["a", "b"], "weights": {"normal": {}}}],
        }
    )


def make(rng):
    name = rng.choice(("simulate", "simulate", *FUNCTIONS))
    names = FUNCTIONS[name]
    keys = rng.sample(names, rng.choice((1, 1, 2)) if len(names) > 1 else 1)
    given, objects = {}, []
    for key in keys:
        if rng.random() < 0.4 and key in LIKELY:
            given[key] = rng.choice(LIKELY[key])
        else:
            objects.append(rng.randrange(len(oddities.OBJECTS)))
            given[key] = oddities.OBJECTS[objects[-1]]()
    return Case(
        "arguments",
        f"{name} with {', '.join(keys)} of objects {objects}",
        [Door(name, lambda folder: _call(name, given))],
        told=f"{name}({shown(given)})",
        places=tuple(keys),
    )


def _call(name, given):
    import hamsim

    if name == "simulate":
        if set(given).isdisjoint({"steps", "t_end"}):
            given = {**given, "t_end" if "dt" in given else "steps": 2}
        if isinstance(given.get("steps"), int) and given["steps"] > 10_000:
            raise TooLargeError("steps")
        if isinstance(given.get("dt"), float | int) and 0 < given["dt"] < 1e-4:
            given = {**given, "steps": 2}
            given.pop("t_end", None)
        hamsim.simulate(network(), **given)
    elif name == "Record":
        hamsim.simulate(network(), steps=2, record=hamsim.Record(**given))
    elif name == "check":
        hamsim.check(network(), **given)
    elif name in ("energy", "activation", "velocity"):
        getattr(hamsim, name)(network(), **{"x": [0.5] * 7, **given})
    elif name == "of":
        hamsim.simulate(network(), steps=2).of(*given.values())
    elif name == "index":
        network().index(*given.values())
    elif name in ("load", "compile") and "source" not in given:
        text = {"format": "hamsim/1", "groups": {"a": {"size": 2, "lagrangian": "tanh"}}}
        getattr(hamsim, name)(text, *given.values())
    else:
        first, *rest = sorted(given, key=lambda key: key not in ("source", "spec", "path"))
        if name == "load_trace" and first != "path":
            given, first, rest = {**given, "path": "nowhere.nc"}, "path", [first, *rest]
        getattr(hamsim, name)(given[first], **{key: given[key] for key in rest})

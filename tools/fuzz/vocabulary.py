"""Keys and values of the format, put together without asking whether they go together."""

from hamsim.lagrangians.table import TABLE
from hamsim.methods import METHOD_NAMES

LAGRANGIANS = list(TABLE)
PARAMETERS = (
    "gain slope degree beta ceiling exponent half threshold epsilon alpha delta sigma over kind "
    "expression domain b"
).split()
TOP = "format name description references seed parameters groups connections stimuli simulation"
KEYS = {
    "top": TOP.split(),
    "group": "size shape neurons lagrangian tau input initial".split(),
    "connection": (
        "name gate between within from to weights density degree probability self_connections "
        "scale sign"
    ).split(),
    "stimulus": "group neurons mode value mask start stop".split(),
    "simulation": "method dt t_end until record trials energy collective_tau".split(),
    "record": "every what groups neurons start".split(),
    "file": "file key header index by repeated columns blank ignore rows".split(),
    "rule": (
        "edges sparse shape one_to_one of_distance space length conv2d kernel stride padding "
        "average_pool window memories store patterns rule coding repeated by count row corrupt of "
        "flips erase noise bernoulli signs p type others column"
    ).split(),
}
ALL_KEYS = sorted({key for keys in KEYS.values() for key in keys} | set(PARAMETERS))


def number(rng):
    """Mostly a number that can be meant."""
    draw = rng.random()
    if draw < 0.4:
        return rng.randint(0, 4)
    if draw < 0.8:
        return round(rng.uniform(-2, 2), 3)
    return rng.choice((1e-12, 1e12, -1e30, 1e308, 5e-324, 0.0, -0.0, 100, 1000, 30_000))


def extreme(rng):
    """A positive number, of any size."""
    return rng.choice((0.5, 1, 2, 3, 1.5, 1e-300, 1e-12, 1e-3, 10, 1e3, 1e12, 1e100, 1e308))


def value(rng):
    """What `tau`, `input`, weights and the like take; mostly a number."""
    draw = rng.random()
    if draw < 0.75:
        return number(rng)
    if draw < 0.78:
        return [number(rng) for _ in range(rng.randint(0, 4))]
    if draw < 0.81:
        return [[number(rng) for _ in range(rng.randint(1, 3))] for _ in range(rng.randint(1, 3))]
    if draw < 0.91:
        return distribution(rng)
    if draw < 0.94:
        return {"file": f"../data/{rng.choice(FILES)}", **_file_keys(rng)}
    return rng.choice(("2 * 3", "1/3", "sqrt(2)", "-pi", "min(1, 2)", "0/0", "n", None))


FILES = (
    "plain.csv table.csv three.npy sparse.mtx arrays.npz symmetric_3x3.npy one.npz edges.csv "
    "labelled_tau.tsv saved_by_scipy.npz sparse_by_key.npz kernel.npy"
).split()


def _file_keys(rng):
    if rng.random() < 0.5:
        return {}
    keys = rng.sample(KEYS["file"][1:], rng.randint(1, 2))
    return {key: rng.choice((True, False, "tau", "name", "add", "position", 0, 1)) for key in keys}


def distribution(rng):
    """A distribution that can be meant."""
    draw = rng.random()
    if draw < 0.4:
        return {"uniform": {"low": -abs(number(rng)), "high": abs(number(rng)) + 1}}
    if draw < 0.6:
        part = {"p": rng.choice((0, 0.1, 0.5, 1, 2, -1))} if rng.random() < 0.5 else {}
        return rng.choice(({"signs": part}, {"bernoulli": part}, {"bernoulli": {"high": 3}}))
    return {rng.choice(("normal", "lognormal")): {"mean": number(rng), "std": abs(number(rng))}}


def cue(rng, names):
    """A pattern, or a corrupted copy of something."""
    pattern = {"patterns": rng.choice(("c", "c", *names, "nobody"))}
    if rng.random() < 0.4:
        pattern["row"] = rng.choice((0, 0, 1, 9, -1))
    if rng.random() < 0.3:
        return pattern
    corrupt = {"of": pattern if rng.random() < 0.6 else value(rng)}
    for key in rng.sample(("flips", "erase", "noise", "value"), rng.randint(1, 2)):
        corrupt[key] = rng.choice((0.1, 0.5, 0, 1, 1.5, -0.1, 1e308))
    return {"corrupt": corrupt}


def neurons(rng, names):
    """Neurons by name, ranges and numbers."""
    name = rng.choice(names)
    likely = (f"{name}[0]", f"{name}[0:2]", f"{name}[::2]", name, f"{name}[:]", "A", f"{name}.F")
    odd = (0, -1, f"{name}[9]", f"{name}[0", f"{name}[::0]", "", f"{name}[:, 0]", f"{name}[1e9]")
    some = [rng.choice(likely if rng.random() < 0.85 else odd) for _ in range(rng.randint(1, 2))]
    return some if rng.random() < 0.8 else some[0]


def lagrangian(rng):
    """A family with parameters of its own or of others."""
    kind = rng.choice(LAGRANGIANS)
    if rng.random() < 0.3:
        return kind
    result, row = {"kind": kind}, TABLE[kind]
    for parameter in row.parameters:
        if rng.random() < 0.6:
            result[parameter.name] = extreme(rng) if rng.random() < 0.7 else value(rng)
    if rng.random() < 0.1:
        result[rng.choice(PARAMETERS)] = value(rng)
    if rng.random() < (0.03 if row.additive else 0.4):
        result["over"] = rng.choice(("last", "last", "all", "all", [0], [0], [-1], [1], [0, 1], 9))
    return result


def group(rng):
    """A group of neurons."""
    how = rng.random()
    if how < 0.5:
        result = {"size": rng.randint(1, 6)}
    elif how < 0.75:
        result = {"shape": [rng.randint(1, 4) for _ in range(rng.randint(1, 4))]}
    else:
        last = {"id": "F", "tau": abs(number(rng))}
        if rng.random() < 0.5:
            last["type"] = rng.choice(("exc", "inh"))
        result = {"neurons": [rng.choice("ABCDE"), last]}
    result["lagrangian"] = lagrangian(rng)
    for key in ("tau", "input", "initial"):
        if rng.random() < 0.4:
            result[key] = value(rng)
    if rng.random() < 0.1:
        result[rng.choice(("input", "initial"))] = cue(rng, ["a"])
    if isinstance(result.get("tau"), float | int) and rng.random() < 0.97:
        result["tau"] = abs(result["tau"])
    return result


def _edge(rng, names, parts):
    ends = [rng.choice((0, 1, 2, "A", "F", -1, 9, f"{rng.choice(names)}[0]")) for _ in range(parts)]
    return [*ends, number(rng)]


def weights(rng, names):
    """A value or a rule."""
    how = rng.randrange(16)
    if how < 3:
        return value(rng)
    if how > 9:
        return distribution(rng) if how > 12 else number(rng)
    if how == 3:
        parts = rng.choice((2, 2, 2, 2, 3))
        return {"edges": [_edge(rng, names, parts) for _ in range(rng.randint(1, 3))]}
    if how == 4:
        entries = [[rng.randint(0, 3), rng.randint(0, 3), number(rng)] for _ in range(3)]
        return {"sparse": entries, "shape": [rng.randint(1, 4), rng.randint(1, 4)]}
    if how == 5:
        return {"one_to_one": value(rng)}
    if how == 6:
        text = rng.choice(("exp(-d**2)", "cos(d)", "1/d", "d", "-abs(d)", "d**0.5", "log(d)"))
        space = rng.choice(("ring", "line", "grid", "torus", "sphere"))
        result = {"of_distance": text, "space": space}
        return {**result, "length": value(rng)} if rng.random() < 0.4 else result
    if how == 7:
        rule = {"kernel": value(rng), "window": rng.randint(0, 4), "stride": rng.randint(0, 3)}
        rule["padding"] = rng.choice(("valid", "same", "full"))
        return {"conv2d": rule} if rng.random() < 0.6 else {"average_pool": {"window": 2}}
    if how == 8:
        return {"memories": _patterns(rng)}
    patterns = _patterns(rng)
    rules = ("hebbian", "storkey", "storkey_second_order", "pseudoinverse", "other")
    store = {"patterns": patterns, "rule": rng.choice(rules)}
    if rng.random() < 0.3:
        store["coding"] = rng.choice(("binary", "real", "signs"))
    return {"store": store}


def _patterns(rng):
    if rng.random() < 0.3:
        return {**distribution(rng), "count": rng.choice((1, 2, 3, 0))}
    n = rng.randint(1, 6)
    return [[rng.choice((-1, 1)) for _ in range(n)] for _ in range(rng.randint(1, 3))]


def connection(rng, names):
    """A connection among groups, most of which exist."""
    names = [*names, *names, "nobody" if rng.random() < 0.05 else "all"]

    def one():
        return rng.choice(names) if rng.random() < 0.9 else rng.sample(names, min(2, len(names)))

    how = rng.random()
    if how < 0.35:
        first = one()
        others = [name for name in names if name != first and name != "all"]
        result = {"between": [first, rng.choice(others) if others else one()]}
    elif how < 0.65:
        result = {"within": one()}
    elif how < 0.9:
        result = {"from": one(), "to": one()}
    else:
        result = {"gate": one(), "between": [one(), one()]}
    result["weights"] = weights(rng, names)
    if rng.random() < 0.3:
        key = rng.choice(("density", "degree", "probability"))
        result[key] = rng.choice((1, 1, 2, 0, 20) if key == "degree" else (0.1, 0.5, 1, 1e-9, 0))
    if rng.random() < 0.15:
        result["scale"] = number(rng)
    if rng.random() < 0.1:
        sign = {"column": rng.choice(("type", "group", "id", "x")), "exc": 1, "inh": number(rng)}
        result["sign"] = {**sign, **({"others": number(rng)} if rng.random() < 0.7 else {})}
    if rng.random() < 0.2:
        result["name"] = "c"
    if rng.random() < 0.2:
        result["self_connections"] = rng.random() < 0.8
    return result


def stimulus(rng, names):
    """A clamp or a current."""
    result = {"group": rng.choice(names), "mode": rng.choice(("clamp", "input"))}
    if rng.random() < 0.3:
        result["neurons"] = neurons(rng, names)
        if rng.random() < 0.7:
            del result["group"]
    result["value"] = cue(rng, names) if rng.random() < 0.1 else value(rng)
    for key in ("mask", "start", "stop"):
        if rng.random() < 0.4:
            result[key] = value(rng) if key == "mask" else abs(number(rng))
    return result


def sweeps(rng, names):
    """What a block `simulation` says of discrete dynamics."""
    some = {
        "order": ("random", "sequential", [0], [[1, 0], [0, 1]], names, extreme(rng)),
        "temperature": (0, extreme(rng), abs(number(rng)), [2, 1], [1, 0, 0]),
    }
    method = rng.choice(("asynchronous", "synchronous"))
    settings = {key: rng.choice(values) for key, values in some.items() if rng.random() < 0.5}
    result = {"method": rng.choice((method, {method: settings}))}
    if rng.random() < 0.7:
        result["sweeps"] = rng.choice((1, 2, 3, extreme(rng)))
    return result


def simulation(rng, names):
    """A block `simulation`."""
    result = {}
    if rng.random() < 0.6:
        result["method"] = rng.choice(METHOD_NAMES)
    if rng.random() < 0.15:
        return {**result, **sweeps(rng, names)}
    for key in ("dt", "t_end", "trials"):
        if rng.random() < 0.5:
            some = (1, 2, 3) if key == "trials" else (extreme(rng), 0.01, 0.1, 1, "auto")
            result[key] = rng.choice(some)
    if rng.random() < 0.3:
        result["until"] = {"residual": extreme(rng)}
    if rng.random() < 0.5:
        record = {"every": extreme(rng), "what": rng.sample(("x", "g", "energy", "residual"), 2)}
        if rng.random() < 0.5:
            record["groups"] = rng.sample(names, 1)
        if rng.random() < 0.3:
            record["neurons"] = neurons(rng, names)
        if rng.random() < 0.2:
            record["start"] = abs(number(rng))
        result["record"] = record
    if rng.random() < 0.2:
        result["energy"] = "scaled"
    return result


def network(rng):
    """A whole description."""
    names = rng.sample(("a", "b", "c", "exc", "inh", "in", "\u03c4"), rng.randint(1, 3))
    if rng.random() < 0.04:
        names.append(rng.choice(("x y", "all", "", "a.b", "$a$", "null", "1")))
    result = {"format": "hamsim/1", "groups": {name: group(rng) for name in names}}
    if rng.random() < 0.9:
        result["connections"] = [connection(rng, names) for _ in range(rng.randint(0, 3))]
    if rng.random() < 0.4:
        result["stimuli"] = [stimulus(rng, names) for _ in range(rng.randint(0, 2))]
    if rng.random() < 0.5:
        result["simulation"] = simulation(rng, names)
    if rng.random() < 0.1:
        result["parameters"] = {"n": number(rng)}
    if rng.random() < 0.2:
        result["seed"] = rng.choice((0, 1, 2**31, 2**64, 10**30))
    return result

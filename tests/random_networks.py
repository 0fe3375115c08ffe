"""Random descriptions of networks, as dicts, from a seed: unlike groups, all ways of connecting."""

import numpy as np

# Parameters of every convex family without a jump in g, and where they are drawn from: not so
# steep that a step of 0.02 is too long.
ADDITIVE = {
    "identity": {"gain": (0.2, 1.5)},
    "relu": {},
    "leaky_relu": {"slope": (0.05, 1.5)},
    "elu": {"slope": (0.2, 1.5)},
    "rectified_polynomial": {"degree": (2.0, 4.0)},
    "power": {"degree": (2.0, 4.0)},
    "exponential": {"beta": (0.2, 1.0)},
    "rectified_exponential": {"beta": (0.2, 1.0)},
    "softplus": {"beta": (0.3, 3.0)},
    "sigmoid": {"beta": (0.3, 3.0)},
    "tanh": {"beta": (0.3, 3.0)},
    "hard_tanh": {},
    "clipped_relu": {"ceiling": (0.3, 2.0)},
    "arctan": {},
    "erf": {},
    "hill": {"exponent": (1.0, 4.0), "half": (0.5, 2.0)},
    "relativistic": {},
    "softsign": {},
    "asinh": {},
    "soft_threshold": {"threshold": (0.0, 1.0)},
    "compressive": {},
}
COLLECTIVE = {
    "softmax": {"beta": (0.3, 4.0)},
    "ghostmax": {"beta": (0.3, 4.0)},
    "softmax_ridge": {"beta": (0.3, 4.0), "epsilon": (0.01, 1.0)},
    "sparsemax": {},
    "entmax": {"alpha": (1.2, 2.0)},
    "spherical": {"gain": (0.2, 1.5), "epsilon": (0.3, 2.0), "delta": (-0.5, 0.5)},
    "layer_norm": {"gain": (0.2, 1.5), "epsilon": (0.3, 2.0), "delta": (-0.5, 0.5)},
    "rms_norm": {"gain": (0.2, 1.5), "epsilon": (0.3, 2.0)},
    "power_norm": {"degree": (2.0, 4.0), "sigma": (0.5, 2.0)},
    "radial": {"sigma": (0.5, 2.0)},
    "lp_norm": {"degree": (2.0, 4.0)},
}
# Their activation outgrows the leak, so that large states would run away: these groups start
# near 0, and their synapses are weaker by a factor.
STEEP = ("rectified_polynomial", "power", "exponential", "rectified_exponential")
WEAK = 0.15
# Axes that share a Lagrangian, of groups with three.
AXES = ("last", "all", [0], [1], [0, 2], [0, 1], [1, 2])


def random_lagrangian(rng, shape):
    """A kind with parameters: one number a neuron where that is allowed, or one for all."""
    # Softmax is what most users have: as often as all other collective kinds together.
    kinds = [*ADDITIVE, *COLLECTIVE, *["softmax"] * (len(COLLECTIVE) - 2)]
    kind = str(rng.choice(kinds))
    lagrangian = {"kind": kind}
    for name, (low, high) in {**ADDITIVE, **COLLECTIVE}[kind].items():
        several = (kind in ADDITIVE or name == "delta") and rng.random() < 0.7
        number = rng.uniform(low, high, shape if several else None)
        lagrangian[name] = number.tolist() if several else float(number)
    if kind in COLLECTIVE and len(shape) == 3:
        lagrangian["over"] = AXES[int(rng.integers(len(AXES)))]
    return lagrangian


def random_description(seed, *, instant=False, symmetric=True, max_size=7, gated=False):
    """Return groups of all convex kinds, unequal tau, and lateral, skip and block connections."""
    rng = np.random.default_rng(seed)
    n_groups = int(rng.integers(1, 6))
    groups = {}
    for k in range(n_groups):
        shape = [int(rng.integers(1, max_size + 1))]
        if rng.random() < 0.4:
            shape = [int(rng.integers(1, 4)), int(rng.integers(1, 4)), *shape]
        lagrangian = random_lagrangian(rng, shape)
        steep = lagrangian["kind"] in STEEP
        shared = lagrangian["kind"] in COLLECTIVE
        groups[f"g{k}"] = {
            "shape": shape,
            "lagrangian": lagrangian,
            "tau": float(rng.uniform(0.2, 3.0)) if shared else tau_list(rng, shape),
            "input": rng.normal(0, 0.2 if steep else 0.5, shape).tolist(),
            "initial": rng.normal(0, 0.3 if steep else 1.0, shape).tolist(),
        }
    names = list(groups)
    if instant:
        groups[names[-1]]["tau"] = 0.0
    sizes = {name: int(np.prod(group["shape"])) for name, group in groups.items()}
    weak = {name: WEAK if groups[name]["lagrangian"]["kind"] in STEEP else 1.0 for name in names}
    connections = []
    for a in range(n_groups):
        for b in range(a, n_groups):
            if rng.random() < 0.35 or (instant and a == b == n_groups - 1):
                continue
            strength = weak[names[a]] * weak[names[b]]
            scale = 0.6 * strength / np.sqrt(max(sizes[names[a]], sizes[names[b]]))
            block = rng.normal(0, scale, (sizes[names[a]], sizes[names[b]]))
            if a == b:
                block = (block + block.T) / 2
                self_too = bool(rng.random() < 0.5)
                if not self_too:
                    np.fill_diagonal(block, 0.0)
                entry = {"within": names[a], "self_connections": self_too}
            elif symmetric or rng.random() < 0.5:
                entry = {"between": [names[a], names[b]]}
            else:
                entry = {"from": names[b], "to": names[a]}
            connections.append({**entry, "weights": block.tolist()})
            if rng.random() < 0.3 and a != b and not (instant and b == n_groups - 1):
                connections.append(
                    {
                        "between": [names[a], names[b]],
                        "weights": float(rng.normal(0, 0.05 * strength)),
                    }
                )
    if gated:
        connections += random_gates(rng, names[:-1] if instant else names, weak)
    return {
        "format": "hamsim/1",
        "seed": int(rng.integers(1000)),
        "groups": groups,
        "connections": connections,
    }


def tau_list(rng, shape):
    return rng.uniform(0.2, 3.0, shape).tolist()


def random_gates(rng, names, weak):
    """Gating connections among any three groups, also the same one twice or three times."""
    gates = []
    for _ in range(int(rng.integers(1, 4)) if names else 0):
        a, b, c = (str(rng.choice(names)) for _ in range(3))
        std = 0.1 * weak[a] * weak[b] * weak[c]
        weights = {"normal": {"mean": 0, "std": std}}
        gates.append({"gate": c, "between": [a, b], "weights": weights, "density": 0.3})
    return gates


DISTRIBUTIONS = (
    {"normal": {"std": 0.3}},
    {"lognormal": {"mean": -1.0}},
    {"uniform": {"low": -1.0}},
    {"bernoulli": {"p": 0.6, "low": -0.2}},
    {"signs": {"p": 0.3}},
)


def drawn_description(seed, **options):
    """The same groups, with values and connections of all kinds that are left to chance."""
    description = random_description(seed, **options)
    rng = np.random.default_rng([seed, 1])
    groups = description["groups"]
    for group in groups.values():
        group["initial"] = DISTRIBUTIONS[int(rng.integers(len(DISTRIBUTIONS)))]
        group["input"] = DISTRIBUTIONS[int(rng.integers(len(DISTRIBUTIONS)))]
    sizes = {name: int(np.prod(group["shape"])) for name, group in groups.items()}
    drawn = [_drawn_connection(rng, groups, sizes) for _ in range(int(rng.integers(1, 5)))]
    return {**description, "connections": description["connections"] + drawn}


def _drawn_connection(rng, groups, sizes):
    """A random connection; one within a group if its rule needs that."""
    names = list(groups)
    weights = DISTRIBUTIONS[int(rng.integers(len(DISTRIBUTIONS)))]
    one = [str(name) for name in rng.choice(names, int(rng.integers(1, len(names) + 1)), False)]
    two = one if rng.random() < 0.3 else [str(rng.choice(names))]
    rule = str(rng.choice(["drawn", "number", "distance", "one to one"], p=[0.6, 0.15, 0.15, 0.1]))
    if rule in ("distance", "one to one"):
        one = two = [str(rng.choice(names))]
    n, m = (sum(sizes[name] for name in end) for end in (one, two))
    if rule == "number":
        weights = 0.25
    elif rule == "distance":
        space = "grid" if len(groups[one[0]]["shape"]) > 1 else "line"
        weights = {"of_distance": "exp(-d) - 0.2", "space": space}
    kind = str(rng.choice(["within", "between", "from"]))
    if kind == "between" and set(one) & set(two):
        kind = "from"
    self_too = bool(rng.random() < 0.4)
    entry = {
        "within": {"within": one},
        "between": {"between": [one, two]},
        "from": {"from": two, "to": one},
    }[kind]
    entry = {**entry, "weights": weights, "self_connections": self_too}
    if rule == "one to one":
        entry |= {"weights": {"one_to_one": weights}, "self_connections": True}
    part = str(rng.choice(["all", "density", "probability", "degree"]))
    if part in ("density", "probability"):
        entry[part] = float(rng.uniform(0.05, 1.0))
    if part == "degree" and rule != "one to one":
        if kind == "within":
            entry["self_connections"] = False
            most, step = n - 1, 1 + n % 2
        else:
            most, step = m - (bool(set(one) & set(two)) and not self_too), 1
        if most >= step:
            entry["degree"] = int(rng.integers(1, most // step + 1)) * step
    if rng.random() < 0.3:
        entry["scale"] = -0.7
    return entry

"""Random descriptions of networks, as dicts, from a seed: unlike groups, all ways of connecting."""

import numpy as np

KINDS = ("identity", "relu", "tanh", "sigmoid", "softmax")


def random_description(seed, *, instant=False, symmetric=True, max_size=7):
    """Return groups of all kinds, unequal tau, and lateral, skip and block connections."""
    rng = np.random.default_rng(seed)
    n_groups = int(rng.integers(1, 6))
    groups = {}
    for k in range(n_groups):
        kind = str(rng.choice(KINDS))
        size = int(rng.integers(1, max_size + 1))
        lagrangian = {"kind": kind}
        if kind == "identity":
            lagrangian["gain"] = rng.uniform(0.2, 1.5, size).tolist()
        elif kind in ("tanh", "sigmoid"):
            lagrangian["beta"] = rng.uniform(0.3, 3.0, size).tolist()
        elif kind == "softmax":
            lagrangian["beta"] = float(rng.uniform(0.3, 4.0))
        shape = [size]
        if rng.random() < 0.4:
            shape = [int(rng.integers(1, 4)), int(rng.integers(1, 4)), size]
            if kind == "softmax":
                lagrangian["over"] = [["last"], [0], [1], [0, 2], [0, 1], [1, 2], ["all"]][
                    int(rng.integers(7))
                ]
                if lagrangian["over"] in (["last"], ["all"]):
                    lagrangian["over"] = lagrangian["over"][0]
            else:
                for name, values in lagrangian.items():
                    if name != "kind":
                        lagrangian[name] = np.resize(values, shape).tolist()
        groups[f"g{k}"] = {
            "shape": shape,
            "lagrangian": lagrangian,
            "tau": float(rng.uniform(0.2, 3.0)) if kind == "softmax" else tau_list(rng, shape),
            "input": rng.normal(0, 0.5, shape).tolist(),
            "initial": rng.normal(0, 1.0, shape).tolist(),
        }
    names = list(groups)
    if instant:
        groups[names[-1]]["tau"] = 0.0
    sizes = {name: int(np.prod(group["shape"])) for name, group in groups.items()}
    connections = []
    for a in range(n_groups):
        for b in range(a, n_groups):
            if rng.random() < 0.35 or (instant and a == b == n_groups - 1):
                continue
            scale = 0.6 / np.sqrt(max(sizes[names[a]], sizes[names[b]]))
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
                    {"between": [names[a], names[b]], "weights": float(rng.normal(0, 0.05))}
                )
    return {
        "format": "hamsim/1",
        "seed": int(rng.integers(1000)),
        "groups": groups,
        "connections": connections,
    }


def tau_list(rng, shape):
    return rng.uniform(0.2, 3.0, shape).tolist()

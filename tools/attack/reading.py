"""What the generators write into a description, as arrays."""

import numpy as np


def values(value, size):
    return [float(v) for v in value] if isinstance(value, list) else [float(value)] * size


def ends(name, groups, n):
    if name == "all":
        return np.arange(n)
    names = name if isinstance(name, list) else [name]
    return np.concatenate([groups[g] for g in names])


def weights(description, groups, n):
    W, gates = np.zeros((n, n)), []
    for c in description.get("connections", []):
        if "gate" in c:
            sides = [*(ends(e, groups, n) for e in c["between"]), ends(c["gate"], groups, n)]
            tensor = np.array(c["weights"], dtype=float)
            tensor = tensor.reshape([len(e) for e in sides])
            for place in zip(*np.nonzero(tensor), strict=True):
                a, b, k = (int(e[i]) for e, i in zip(sides, place, strict=True))
                gates.append((a, b, k, float(tensor[place])))
            continue
        block = np.array(c["weights"], dtype=float)
        if "within" in c:
            a = ends(c["within"], groups, n)
            W[np.ix_(a, a)] += block.reshape(len(a), len(a))
        elif "between" in c:
            a, b = (ends(e, groups, n) for e in c["between"])
            block = block.reshape(len(a), len(b))
            W[np.ix_(a, b)] += block
            W[np.ix_(b, a)] += block.T
        else:
            a, b = ends(c["to"], groups, n), ends(c["from"], groups, n)
            W[np.ix_(a, b)] += block.reshape(len(a), len(b))
    return W, gates


def clamps(description, groups, n):
    held = np.zeros(n, dtype=bool)
    for s in description.get("stimuli", []):
        if s.get("mode") == "clamp":
            neurons = groups[s["group"]]
            mask = np.array(s.get("mask", [True] * len(neurons)), dtype=bool).ravel()
            held[neurons[mask]] = True
    return np.flatnonzero(held)

"""One network to attack: its description, and hints where its weak places would be."""

from dataclasses import dataclass, field

import numpy as np

BY_A_HAIR = (0.0, 2.2e-16, 1e-15, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-3)


@dataclass
class Case:
    """A description, the generator's name, and hints: states, rests, rays, centres."""

    name: str
    description: dict
    hints: dict = field(default_factory=dict)


def hair(rng):
    """A small number of either sign."""
    return float(rng.choice(BY_A_HAIR) * rng.choice([-1, 1]))


def group(lagrangian, size, tau=1.0, **more):
    return {
        "size": int(size),
        "lagrangian": plain(lagrangian),
        "tau": plain(tau),
        **{k: plain(v) for k, v in more.items()},
    }


def plain(value):
    """Numbers and lists as a file would hold them."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return value


def network(groups, W=None, connections=None, **more):
    """A description; W is over all neurons in file order."""
    description = {"format": "hamsim/1", "groups": groups, "connections": list(connections or [])}
    if W is not None:
        W = np.asarray(W, dtype=float)
        if np.any(W):
            if np.array_equal(W, W.T):
                made = {"within": "all", "weights": W.tolist()}
            else:
                made = {"from": "all", "to": "all", "weights": W.tolist()}
            if np.any(np.diag(W)):
                made["self_connections"] = True
            description["connections"].append(made)
    description.update(more)
    return description


def symmetric(rng, n, share=1.0):
    """A random symmetric matrix, some of it 0."""
    A = rng.normal(size=(n, n)) * (rng.random((n, n)) < share)
    A = np.triu(A)
    return A + np.triu(A, 1).T


def top(A):
    values, vectors = np.linalg.eigh(A)
    return values[-1], vectors[:, -1]

"""Random descriptions for certificates: also of what no theorem holds for."""

import numpy as np
from random_networks import COLLECTIVE, random_description

NOT_CONVEX = ("swish", "gelu", "cubic")
JUMPING = ("sign", "step")
UNBOUNDED = ("identity", "relu", "softplus", "leaky_relu", "power", "exponential", "softmax_ridge")


def random_checked_description(seed):
    """One of many kinds: as drawn, with unequal tau, scaled, one-way, not convex, strong, weak."""
    rng = np.random.default_rng([seed, 17])
    description = random_description(
        seed,
        instant=bool(rng.random() < 0.25),
        symmetric=bool(rng.random() < 0.7),
        gated=bool(rng.random() < 0.15),
        max_size=4,
    )
    groups, connections = description["groups"], description["connections"]
    if rng.random() < 0.3:
        _spread_tau(rng, groups)
    if rng.random() < 0.25:
        _swap_lagrangians(rng, groups)
    if rng.random() < 0.5:
        _scale_weights(connections, float(np.exp(rng.uniform(-2, 1.5))))
    if rng.random() < 0.2:
        _make_symmetrizable(rng, groups, connections)
    return description


def _spread_tau(rng, groups):
    """Unequal tau where a Lagrangian is shared; by a little, or by much."""
    for group in groups.values():
        if group["lagrangian"]["kind"] in COLLECTIVE and group["tau"] != 0:
            spread = float(rng.choice([1e-4, 0.1, 1.0, 10.0]))
            shape = group["shape"]
            group["tau"] = (group["tau"] * (1 + spread * rng.random(shape))).tolist()


def _swap_lagrangians(rng, groups):
    for group in groups.values():
        if rng.random() < 0.4 and np.ndim(group["tau"]) > 0:
            kinds = (NOT_CONVEX, JUMPING, UNBOUNDED)[int(rng.integers(3))]
            kind = kinds[int(rng.integers(len(kinds)))]
            if kind != "softmax_ridge" or group["lagrangian"]["kind"] not in COLLECTIVE:
                group["lagrangian"] = kind


def _scale_weights(connections, factor):
    for connection in connections:
        weights = connection["weights"]
        if isinstance(weights, float):
            connection["weights"] = factor * weights
        elif isinstance(weights, list):
            connection["weights"] = (factor * np.array(weights)).tolist()


def _make_symmetrizable(rng, groups, connections):
    """Write symmetric blocks as two one-way ones, with rows divided by a factor of their group."""
    factor = {name: float(np.exp(rng.normal(0, 0.7))) for name in groups}
    made = []
    for connection in connections:
        weights = connection["weights"]
        if "between" not in connection or "gate" in connection or not isinstance(weights, list):
            made.append(connection)
            continue
        a, b = connection["between"]
        block = np.array(weights)
        made.append({"from": b, "to": a, "weights": (block / factor[a]).tolist()})
        made.append({"from": a, "to": b, "weights": (block.T / factor[b]).tolist()})
    connections[:] = made

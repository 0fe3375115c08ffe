"""Networks as they are run: clamps, inputs, steps about the largest, single precision."""

import numpy as np

from attack.cases import Case, group, network, symmetric
from attack.structures import TOGETHER

SINGLE = (
    "tanh",
    "relu",
    "identity",
    "sigmoid",
    "hard_tanh",
    "softplus",
    "leaky_relu",
    "gelu",
    "arctan",
)
END = 40.0


def run(rng):
    """A network with stimuli, and the keywords of its run."""
    n, m = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    kind = str(rng.choice(TOGETHER)) if rng.random() < 0.5 else str(rng.choice(SINGLE))
    lagrangian = (
        {"kind": kind, "beta": single(np.exp(rng.normal() + 1))}
        if kind in ("softmax", "tanh")
        else kind
    )
    W = symmetric(rng, n + m) * rng.choice([0.3, 1, 3])
    pick = rng.integers(0, 4)
    if pick == 0:  # D^-1 S, by powers of two (exact in single precision too) or by others
        d = (
            2.0 ** rng.integers(-2, 3, size=n + m)
            if rng.random() < 0.5
            else np.exp(rng.normal(size=n + m))
        )
        d[:n] = d[0]
        W = W / d[:, None]
    elif pick == 1:  # pairs that single precision tells apart, or does not
        i, j = rng.choice(n + m, size=2, replace=False)
        W[i, j] *= 1 + float(rng.choice([1e-12, 1e-9, 1e-8, 1e-7, 1e-6]))
    elif pick == 2:
        W = rng.normal(size=(n + m, n + m)) * 0.5
    W[n:, n:] *= 0.2
    tau = single(np.exp(rng.normal()))
    groups = {
        "a": group(lagrangian, n, tau, input=singles(rng.normal(size=n))),
        "b": group(
            str(rng.choice(SINGLE)),
            m,
            singles(np.exp(rng.normal(size=m) * 0.5)),
            input=singles(rng.normal(size=m)),
        ),
    }
    stimuli = [_stimulus(rng, groups) for _ in range(int(rng.integers(0, 4)))]
    made = network(groups, W, stimuli=stimuli)
    return Case("run", made, {"run": keywords(rng, made)})


def keywords(rng, description):
    """Keywords of `check_run`: Euler about the largest step, or another method."""
    kind = "float32" if rng.random() < 0.3 else "float64"
    words = {"method": "euler", "dtype": kind, "t_end": END}
    pick = rng.random()
    if pick < 0.15:
        return {"dtype": kind, "t_end": END}
    if pick < 0.3:
        return {
            "method": str(rng.choice(["heun", "rk4", "auto"])),
            "dt": 0.1,
            "dtype": kind,
            "t_end": END,
        }
    words["dt"] = float(rng.choice([0.01, 0.1, 0.3, 0.5, 1.0, 2.0]))
    if pick < 0.7:
        from hamsim import check_run

        made = check_run(description, **words)
        most = None if made.certificate is None else made.certificate.max_step
        if most:
            words["dt"] = float(
                most
                * rng.choice(
                    [1.0, 1 - 1e-15, 1 + 1e-15, 1 + 1e-12, 1 + 1e-9, 0.999, 1.001, 1.3, 2.5]
                )
            )
    return words


def _stimulus(rng, groups):
    name = str(rng.choice(list(groups)))
    n = groups[name]["size"]
    mask = np.ones(n, dtype=int) if rng.random() < 0.4 else (rng.random(n) < 0.6).astype(int)
    made = {
        "group": name,
        "mode": str(rng.choice(["clamp", "clamp", "input"])),
        "value": singles(rng.normal(size=n) * 2),
        "mask": mask.tolist(),
        "start": float(rng.choice([0.0, 0.0, 5.0, 60.0])),
    }
    if rng.random() < 0.4:
        made["stop"] = made["start"] + float(rng.choice([4.0, 10.0, 100.0]))
    return made


def single(value):
    return float(np.float32(value))


def singles(values):
    return np.asarray(values).astype(np.float32).astype(float).tolist()


MAKERS = (run, run)

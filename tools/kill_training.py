"""Kill training at random moments, go on, and look for a bit that differs.

    python tools/kill_training.py --trainings 30 --seed 1

Each training is killed again and again until it is over: half of the time after a random while,
else before a random one of the steps of writing a checkpoint (opened, written, brought to the
disk, renamed). What it comes to is compared with a training that was left alone: weights, inputs,
the table but for its seconds, and how many epochs were made twice.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import hamsim

DRAWN = {"normal": {"std": 0.3}}
SPEC = {
    "format": "hamsim/1",
    "seed": 2,
    "groups": {
        "seen": {"size": 12, "lagrangian": "identity"},
        "hidden": {"size": 16, "lagrangian": "tanh"},
        "said": {"size": 3, "lagrangian": "softmax"},
    },
    "connections": [
        {"between": ["seen", "hidden"], "weights": DRAWN},
        {"within": "hidden", "weights": {"normal": {"std": 0.05}}},
        {"between": ["hidden", "said"], "weights": DRAWN},
    ],
}
EPOCHS = 40
STEPS = ("fsync", "replace")


def trained(checkpoint, resume=None):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(60, 12)), rng.integers(3, size=60)
    return hamsim.train(
        SPEC,
        data=(X, Y),
        inputs="seen",
        outputs="said",
        loss="cross_entropy",
        method="equilibrium",
        learn={"connections": "all", "input": "all"},
        epochs=EPOCHS,
        batch=10,
        threads=1,
        checkpoint=checkpoint,
        resume=resume,
    )


def child(path, step):
    """Train on, and be killed before a step of writing; never returns."""
    count = 0

    def before(name):
        own = getattr(os, name)

        def counted(*arguments, **more):
            nonlocal count
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return own(*arguments, **more)

        setattr(os, name, counted)

    for name in STEPS:
        before(name)
    trained(path, path if path.exists() else None)
    os._exit(0)


def killed(path, delay, step):
    """Whether a process that trains on was killed."""
    number = os.fork()
    if number == 0:
        try:
            child(path, step)
        finally:
            os._exit(3)
    if delay is not None:
        time.sleep(delay)
        os.kill(number, signal.SIGKILL)
    _, status = os.waitpid(number, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        sys.exit("a training that was not killed has failed")
    return os.WIFSIGNALED(status)


def same(one, other):
    """Whether two trainings came to the same bits."""
    pairs = [(one.network.W.data, other.network.W.data), (one.network.input, other.network.input)]
    pairs += [(one.table[name], other.table[name]) for name in one.table if name != "seconds"]
    return all(mine.tobytes() == its.tobytes() for mine, its in pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trainings", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept.npz"
        trained(path)  # compiles
        began = time.perf_counter()
        whole = trained(path)
        duration = time.perf_counter() - began
        kills, wrong = 0, 0
        for number in range(given.trainings):
            path.unlink()
            while killed(path, *moment(rng, duration)):
                kills += 1
            found = trained(path, path)
            if not same(found, whole):
                wrong += 1
                print(f"training {number} came to other bits")
        left = [name for name in os.listdir(folder) if name != "kept.npz"]
        print(
            f"{given.trainings} trainings of {EPOCHS} epochs in {duration:.2f} s, killed {kills} "
            f"times: {wrong} came to other bits; {len(left)} file(s) left beside"
        )
    sys.exit(wrong > 0)


def moment(rng, duration):
    """After which while, or before which step of writing, a process is killed."""
    if rng.random() < 0.5:
        return rng.uniform(0, 0.7 * duration), None
    return None, rng.randrange(len(STEPS) * EPOCHS)


if __name__ == "__main__":
    main()

"""Integrate the networks of tests/certify/users slowly and tightly, and write down what happens.

    python tools/observe_users.py            all networks
    python tools/observe_users.py NAME ...   these, the others as they stand

writes tests/certify/users/observed.json. Nothing of the certificate is asked: the right-hand side
is the dense NumPy model of tests/reference.py, the integrator SciPy's LSODA at a relative
tolerance of 1e-9. Neurons with tau = 0 are put in by substitution. A network *escapes* if some
start grows without bound, else *oscillates* if some start never comes to rest, else *rests*; a
start *creeps* that after thousands of tau still moves, but by less than 1e-3 in 50 of them, as a
bump on a ring does, and is taken to rest.
"""

import json
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import root

import hamsim

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.insert(0, str(TESTS))
from certify.same_file import fingerprint  # noqa: E402
from reference import dense  # noqa: E402

FOLDER = TESTS / "certify" / "users"
OBSERVED = FOLDER / "observed.json"
RTOL, ATOL = 1e-9, 1e-10
REST = 1e-7  # residual below which a start is at rest
ROOT = 1e-8  # the same of rest states that Newton's method finds
SAME = 1e-4  # distance below which two rest states are one
NEAR = 1e-2  # so far a rest state may be from where a start was stopped
FAR, FARTHER = 1e8, 1e6  # escaped: that large, and so many times its first drive
RISE = 1e-7  # of the energy, relative to 1 + |E|: more than the integrator's own error
STARTS = 32
SCALES = (0.3, 1.0, 4.0, 15.0)  # of random starts, in units of the largest input (or 1)
WAVES = 5  # lowest frequencies in smooth starts
FIRST, LONGEST = 25, 6400  # times the longest tau: the first stretch and the whole
SEEN = 6  # starts that oscillate or escape, after which no more are asked


class Observer:
    """One network: where it goes from many starts."""

    def __init__(self, path):
        network = hamsim.compile(path)
        self.model = dense(network)
        self.moving = self.model.tau > 0
        self.unit = float(self.model.tau.max())
        self.initial = np.atleast_2d(network.initial)[0]
        self.rest, self.middles, self.rose = [], [], 0.0
        self.rng = np.random.default_rng(sum(path.stem.encode()))

    def full(self, y):
        x = np.zeros(self.moving.size)
        x[self.moving] = y
        return self.model.settle(x)

    def rhs(self, t, y):
        return self.model.velocity(self.full(y))[self.moving]

    def starts(self):
        size = self.moving.size
        yield self.initial
        large = max(1.0, float(np.abs(self.model.input).max()))
        for k in range(STARTS - 1):
            x = self.rng.normal(size=size)
            if k // len(SCALES) % 2:  # bumps and waves, that only neighbours together can make
                waves = np.fft.rfft(x)
                waves[WAVES:] = 0
                x = np.fft.irfft(waves, size)
                x /= np.std(x)
            yield SCALES[k % len(SCALES)] * large * x

    def known(self, x):
        return any(np.max(np.abs(x - other)) < SAME for other in self.rest)

    def note_rest(self, x):
        with np.errstate(all="ignore"):
            better = self.newton(x)
        if better is not None and np.max(np.abs(better - x)) < NEAR:
            x = better
        if not self.known(x):
            self.rest.append(x)

    def watch_energy(self, states):
        E = np.array([self.model.energy(self.full(y)) for y in states])
        if np.all(np.isfinite(E)):
            self.rose = max(self.rose, float(np.max(np.diff(E) / (1 + np.abs(E[:-1])))))

    def follow(self, x):
        """What one start does: "rests", "oscillates" or "escapes"."""
        y, stretch, total, widths = x[self.moving], FIRST * self.unit, 0.0, []

        border = max(FAR, FARTHER * float(np.max(np.abs(self.model.drive(x)))))

        def far(t, y):
            return border - np.max(np.abs(y))

        far.terminal = True
        while True:
            times = np.linspace(0, stretch, 201)
            run = solve_ivp(
                self.rhs, (0, stretch), y, "LSODA", times, events=far, rtol=RTOL, atol=ATOL
            )
            if run.status != 0 or not np.all(np.isfinite(run.y)):
                # A state that is infinite after a finite time leaves LSODA without a step.
                last = run.y[:, -1] if run.y.size else y
                if run.status == 1 or np.max(np.abs(last)) > 1e3:
                    return "escapes"
                raise RuntimeError(f"LSODA: {run.message}")
            self.watch_energy(run.y.T[: 101 if total else None])
            y, total = run.y[:, -1], total + stretch
            if self.model.residual(self.full(y)) < REST:
                self.note_rest(self.full(y))
                return "rests"
            half = run.y[:, 101:]
            width = np.ptp(half, axis=1)
            widths.append(float(np.max(width)))
            steady = len(widths) > 2 and min(widths[-3:]) > 0.9 * max(widths[-3:])
            # A drift is steady too, but does not turn.
            way = np.sum(np.abs(np.diff(half, axis=1)), axis=1)
            steady = steady and bool(np.all((way > 2.5 * width)[width > 0.5 * widths[-1]]))
            if steady and total > 150 * self.unit and widths[-1] > 1e-3:
                self.middles.append(self.full(np.mean(half, axis=1)))
                return "oscillates"
            if total > LONGEST * self.unit:
                return "oscillates" if widths[-1] > 1e-3 else "creeps"
            stretch = total if total < 100 * self.unit else 100 * self.unit

    def search(self):
        """Rest states, stable or not, by Newton's method from random starts and from means."""
        for start in [*self.middles, *self.starts()]:
            with np.errstate(all="ignore"):
                for x in (self.newton(start), self.root(start)):
                    if x is not None and self.model.residual(x) < ROOT:
                        self.note_rest(self.model.settle(x))

    def newton(self, x, steps=40):
        """Where damped steps with the Jacobian W H - 1 end; exact where activations are kinked."""
        if self.model.triples:
            return None
        for _ in range(steps):
            u = self.model.drive(x) - x
            if np.max(np.abs(u)) < 1e-12:
                break
            H = np.zeros_like(self.model.W)
            for group in self.model.groups:
                H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
            jacobian = self.model.W @ H - np.eye(x.size)
            if not np.all(np.isfinite(jacobian)):
                return None
            try:
                way = np.linalg.solve(jacobian, -u)
            except np.linalg.LinAlgError:
                way = np.linalg.lstsq(jacobian, -u, rcond=None)[0]
            sizes = [1.0, 0.5, 0.25, 0.1, 0.03]
            after = [np.linalg.norm(self.model.drive(x + s * way) - x - s * way) for s in sizes]
            x = x + sizes[int(np.nanargmin(after))] * way if np.any(np.isfinite(after)) else x + way
        return x if np.all(np.isfinite(x)) else None

    def root(self, x):
        """What SciPy's hybrid method finds."""
        moving = self.moving
        found = root(
            lambda y: (self.model.drive(self.full(y)) - self.full(y))[moving], x[moving], tol=1e-12
        )
        return self.full(found.x) if np.all(np.isfinite(found.x)) else None

    def observe(self):
        counts, order = {}, ("escapes", "oscillates", "rests")
        for x in self.starts():
            with np.errstate(all="ignore"):
                outcome = self.follow(x)
            counts[outcome] = counts.get(outcome, 0) + 1
            if sum(n for what, n in counts.items() if what in order[:2]) >= SEEN:
                break
        reached = len(self.rest)
        self.search()
        return {
            "observed": next((what for what in order if what in counts), "rests"),
            "starts": counts,
            "rest_states_reached": reached,
            "rest_states": len(self.rest),
            "energy_rose": bool(self.rose > RISE),
        }


def observe(name):
    warnings.simplefilter("ignore")
    try:
        path = FOLDER / f"{name}.yaml"
        result = {"of": fingerprint(path), **Observer(path).observe()}
    except Exception as error:
        raise RuntimeError(f"{name}: {error}") from error
    return name, result


def main(names):
    known = json.loads(OBSERVED.read_text()) if OBSERVED.exists() else {}
    every = sorted(p.stem for p in FOLDER.glob("*.yaml"))
    with ProcessPoolExecutor(2) as pool:
        for name, result in pool.map(observe, names or every):
            print(name, result, flush=True)
            known[name] = result
            text = json.dumps({k: known[k] for k in every if k in known}, indent=1)
            OBSERVED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

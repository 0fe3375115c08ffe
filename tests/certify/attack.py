"""Attacks on the claims of a certificate, with the dense model of `reference` alone."""

import numpy as np
from reference import COLLECTIVE, dense

import hamsim

# A rise counts above this part of the sum of the sizes of its terms: rounding stays far below.
ROUNDING = 1e-9


def scaling(W, sets):
    """D with D W symmetric, by walking over the synapses; None if there is none."""
    n = len(W)
    d = np.zeros(n)
    for start in range(n):
        if d[start]:
            continue
        d[sets == sets[start]] = 1.0
        todo = list(np.flatnonzero(sets == sets[start]))
        while todo:
            i = todo.pop()
            for j in np.flatnonzero(W[i] != 0):
                if not d[j]:
                    if W[j, i] * W[i, j] <= 0:
                        return None
                    members = np.flatnonzero(sets == sets[j])
                    d[members] = d[i] * W[i, j] / W[j, i]
                    todo += list(members)
    S = d[:, None] * W
    return d if np.allclose(S, S.T, rtol=1e-9, atol=0) else None


class Attack:
    """Everything that could show a certificate to be wrong."""

    def __init__(self, network, certificate, rng, tries=30):
        self.network, self.certificate, self.rng, self.tries = network, certificate, rng, tries
        self.model = dense(network)
        n = network.n_neurons
        self.sets = np.arange(n)
        for group in self.model.groups:
            if group.kind in COLLECTIVE:
                self.sets[group.neurons] = group.neurons[0]
        symmetric = certificate.symmetry in ("symmetric", "symmetrizable")
        self.d = scaling(self.model.W, self.sets) if symmetric else np.ones(n)

    def complaints(self):
        """Sentences about claims that are not true."""
        c = self.certificate
        if self.d is None:
            yield f"{c.symmetry}, but no scaling was found"
            return
        yield from self.witnesses()
        if c.energy_decreases == "proved":
            yield from self.rises()
        if c.bounded_below == "proved":
            yield from self.falls_without_end()
        if "proved" in (c.converges, c.globally_stable):
            yield from self.does_not_rest()
        if c.max_step is not None:
            yield from self.step_rises()

    # --- the energy ---

    def energy(self, x):
        """E_D, and the sum of the sizes of its terms."""
        model, d = self.model, self.d
        g = model.g(x)
        L = sum(self.lagrangian(group, x) for group in model.groups)
        gated = sum(d[i] * T * g[i] * g[j] * g[k] for i, j, k, T in model.triples)
        terms = d * (x - model.input) * g
        pair = 0.5 * (d * g) @ model.W @ g
        size = np.abs(terms).sum() + abs(L) + 0.5 * np.abs(d * g) @ np.abs(model.W) @ np.abs(g)
        return terms.sum() - L - pair - gated, size + abs(gated)

    def lagrangian(self, group, x):
        i = group.neurons
        if group.kind in COLLECTIVE:
            return self.d[i[0]] * group.L(x[i])
        return float(np.sum(self.d[i] * group.part(0, x[i])))

    def rate(self, x):
        """dE_D/dt, the sum of the sizes of its terms, and that with 1 in place of H."""
        model, d = self.model, self.d
        x = model.settle(x)
        moving = model.tau > 0
        v = model.velocity(x)
        g = model.g(x)
        S = 0.5 * (d[:, None] * model.W + (d[:, None] * model.W).T)
        drive = model.drive(x)
        symmetric = self.certificate.symmetry in ("symmetric", "symmetrizable")
        force = d * (x - model.input) - S @ g - d * (drive - model.W @ g - model.input)
        if symmetric:
            force = -d * model.tau * v
        total = size = loose = 0.0
        for group in model.groups:
            i = group.neurons
            H = np.nan_to_num(group.H(x[i]), posinf=0.0)
            rows = force[i] * np.where(moving[i], 1.0, 0.0)
            change = H @ v[i]
            total += rows @ change
            size += np.abs(rows) @ np.abs(H) @ np.abs(v[i])
            loose += np.abs(rows) @ np.abs(v[i])
        return total, size, loose

    def rises(self):
        """States from which the energy rises, by chance and by climbing."""
        n = self.network.n_neurons
        for _ in range(self.tries):
            scale = 10 ** self.rng.uniform(-1, 2)
            x = scale * self.rng.normal(size=n)
            best = self.quotient(x)
            for _ in range(15):
                step = x + scale * 10 ** self.rng.uniform(-3, 0) * self.rng.normal(size=n)
                if (value := self.quotient(step)) > best:
                    x, best = step, value
            if best > ROUNDING:
                yield f"the energy rises: dE/dt / size = {best:.3g} at x = {x.tolist()}"
                return

    def quotient(self, x):
        with np.errstate(all="ignore"):
            try:
                rate, size, loose = self.rate(x)
            except ValueError:  # the dense sparsemax has no answer for states that are not finite
                return -np.inf
        # Where an activation is saturated, H is what is left of a difference of numbers near 1, and
        # of exponents of the size of x.
        size += 1e-5 * loose * (1 + np.abs(x).max())
        return rate / size if np.isfinite(rate) and np.isfinite(size) and size > 0 else -np.inf

    def witnesses(self):
        """Witnesses that do not hold when they are evaluated again."""
        explicit = self.network.tau.min() > 0
        for condition in self.certificate.conditions:
            if condition.status == "refuted" and "dE_dt" in condition.evidence and explicit:
                rate, _, loose = self.rate(np.array(condition.evidence["x"]))
                # Far out the plain sums here round by more than the whole rate.
                if not rate > -1e-14 * loose * (1 + np.abs(condition.evidence["x"]).max()):
                    yield f"{condition.name}: the witness has dE/dt = {rate:.3g} of {loose:.3g}"

    def falls_without_end(self):
        """Directions in which the energy goes on falling."""
        n = self.network.n_neurons
        start, _ = self.energy(np.zeros(n))
        for _ in range(self.tries):
            x = self.rng.normal(size=n)
            for _ in range(int(self.rng.integers(0, 8))):  # towards what the network drives
                with np.errstate(all="ignore"):
                    x = self.model.drive(1e3 * x)
                    x = x / np.linalg.norm(x)
                if not np.all(np.isfinite(x)):
                    break
            else:
                with np.errstate(all="ignore"):
                    energies = [self.energy(s * x) for s in (1e1, 1e2, 1e3, 1e4)]
                values = np.array([e for e, _ in energies])
                sizes = np.array([size for _, size in energies])
                if not np.all(np.isfinite(values)):
                    continue
                falls = np.diff(values) < -1e-6 * sizes[1:]
                steep = values[-1] - start < -1e3 * (1 + abs(start))
                if np.all(falls) and steep and np.all(np.diff(-values[1:]) > 0):
                    yield f"the energy falls without end along {x.tolist()}: {values.tolist()}"
                    return

    def does_not_rest(self):
        """Long simulations that diverge, go on moving, or end in different states."""
        network, n = self.network, self.network.n_neurons
        ends = []
        slowest = max(float(network.tau.max()), 1e-3)
        for _ in range(2):
            x = 2.0 * self.rng.normal(size=n)
            moved = None
            for patience in (200, 2000, 20_000):  # an eigenvalue close to 1 makes it slow
                trace = hamsim.simulate(
                    network, x, t_end=patience * slowest, until=1e-7, record=None, threads=1
                )
                if trace.outcome == "diverged":
                    yield f"diverges from {x.tolist()}"
                    return
                before, moved = moved, trace.stats.residual
                x = trace.final
                if moved < 1e-6:
                    break
            if moved > 1e-4 and (before is None or moved > 0.3 * before):
                yield f"goes on moving: residual {moved:.3g} at {x.tolist()}"
                return
            ends.append(x)
        if self.certificate.unique_equilibrium == "proved" and moved < 1e-6:
            apart = np.abs(ends[0] - ends[1]).max()
            if apart > 1e-3 * (1 + np.abs(ends[0]).max()):
                yield f"two rest states: {ends[0].tolist()} and {ends[1].tolist()}"

    def step_rises(self):
        """Euler steps of the guaranteed length after which the energy is higher."""
        dt = self.certificate.max_step
        told = [c.evidence for c in self.certificate.conditions if c.name.startswith("step")]
        low, high = (told[0].get(end) if told else None for end in ("low", "high"))
        low, high = (-np.inf if low is None else low), (np.inf if high is None else high)
        for _ in range(self.tries):
            x = 10 ** self.rng.uniform(-1, 1) * self.rng.normal(size=len(self.d))
            x = self.model.settle(np.clip(x, low, high))
            for _ in range(5):
                before, size = self.energy(x)
                x = self.model.step(x, dt)
                after, _ = self.energy(x)
                if after - before > ROUNDING * size:
                    yield f"a step of {dt:.6g} raises the energy by {after - before:.3g}"
                    return

"""The network of a description: drive, energy, velocity, derivatives, in either arithmetic.

Descriptions are dicts of hamsim's format in the plain form that the generators write: sizes or
shapes, numbers or lists for tau and input, whole matrices for weights, triples for gates.
"""

import copy
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from attack import formulas, reading, scalars, shared, symmetry
from attack.arithmetic import DIGITS, EXACT, FLOATS
from attack.linear import solve


@dataclass
class Block:
    """Neurons with one Lagrangian: a group of single neurons, or one sharing set."""

    kind: str
    group: str
    neurons: np.ndarray
    parameters: dict
    formula: str = ""
    together: bool = False
    numbers: dict = field(default_factory=dict)

    def parameters_in(self, m):
        """Parameters as numbers of an arithmetic at its present precision."""
        if m is FLOATS:
            if not self.numbers:
                self.numbers = {k: _number(m, v) for k, v in self.parameters.items()}
            return self.numbers
        return {k: _number(m, v) for k, v in self.parameters.items()}


def _number(m, value):
    return m.array(value) if isinstance(value, list) else m.number(value)


class Model:
    """A network in the plain form; `D` holds a symmetrizer's entries as fractions, or None."""

    def __init__(self, description):
        self.description = description
        self.blocks, self.groups = [], {}
        tau, inputs, initial = [], [], []
        for name, group in description["groups"].items():
            start = len(tau)
            shape = group.get("shape") or [group["size"]]
            size = int(np.prod(shape))
            self.groups[name] = np.arange(start, start + size)
            tau += reading.values(group.get("tau", 1.0), size)
            inputs += reading.values(group.get("input", 0.0), size)
            initial += reading.values(group.get("initial", 0.0), size)
            self._add_blocks(name, group["lagrangian"], shape, start)
        self.n = len(tau)
        self.tau, self.input = np.array(tau), np.array(inputs)
        self.initial = np.array(initial)
        self.W, self.gates = reading.weights(description, self.groups, self.n)
        self.instant = np.flatnonzero(self.tau == 0)
        self.slow = np.flatnonzero(self.tau > 0)
        self.clamped = reading.clamps(description, self.groups, self.n)
        self._symmetry()
        self._exact = {}

    def hold(self, values):
        """Clamp neurons, given as a dict of their states."""
        self.clamped = np.array(sorted(values), dtype=int)
        for i, v in values.items():
            self.initial[i] = v

    def plain(self):
        """The same with the energy of W as it is."""
        made = copy.copy(self)
        made.D, made._exact = None, {}
        return made

    def freed(self):
        """The network of the neurons that are not clamped; None where a set is clamped in part."""
        held = np.isin(np.arange(self.n), self.clamped)
        if not held.any():
            return self
        if self.gates or held.all():
            return None
        g = self.activation(FLOATS, self.initial)
        return self.part(np.flatnonzero(~held), self.W[:, held] @ g[held])

    def part(self, neurons, drive=None):
        """The network of some neurons; None where a sharing set is only in part among them."""
        if self.gates:
            return None
        keep = np.isin(np.arange(self.n), neurons)
        made = copy.copy(self)
        made.blocks, made._exact, made.groups = [], {}, {}
        place = np.cumsum(keep) - 1
        for b in self.blocks:
            free = keep[b.neurons]
            if b.together and free.any() and not free.all():
                return None
            if not free.any():
                continue
            parameters = {
                k: [q for q, f in zip(v, free, strict=True) if f] if isinstance(v, list) else v
                for k, v in b.parameters.items()
            }
            at = place[b.neurons[free]]
            made.blocks.append(Block(b.kind, b.group, at, parameters, b.formula, b.together))
        made.n = int(keep.sum())
        made.input = (self.input + (0 if drive is None else drive))[keep]
        made.tau, made.initial = self.tau[keep], self.initial[keep]
        made.W = self.W[np.ix_(keep, keep)]
        made.instant, made.slow = np.flatnonzero(made.tau == 0), np.flatnonzero(made.tau > 0)
        made.clamped = np.array([], dtype=int)
        made._symmetry()
        return made

    def _symmetry(self):
        self.symmetric = bool(np.array_equal(self.W, self.W.T))
        self.D, self.defect, self.ulps = symmetry.symmetrizer(self)
        # Numbers far from 1 cancel only in as many digits as they are away from it, squared.
        values = [self.W, self.tau, self.input]
        for b in self.blocks:
            values += [np.array(v, dtype=float) for v in b.parameters.values()]
        sizes = np.abs(np.concatenate([np.ravel(v) for v in values]))
        sizes = sizes[(sizes > 0) & np.isfinite(sizes)]
        away = np.abs(np.log10(sizes)).max(initial=0)
        self.digits = DIGITS if away < 10 else DIGITS + 2 * int(away)

    def _add_blocks(self, name, lagrangian, shape, start):
        size = int(np.prod(shape))
        if isinstance(lagrangian, str):
            lagrangian = {"kind": lagrangian}
        given = {
            k: v for k, v in lagrangian.items() if k not in ("kind", "expression", "over", "domain")
        }
        kind, formula = lagrangian.get("kind", "formula"), lagrangian.get("expression", "")
        together = formulas.is_shared(formula) if formula else kind in shared.PARAMETERS
        defaults = {} if formula else {**scalars.PARAMETERS, **shared.PARAMETERS}[kind]
        parameters = {**defaults, **given}
        width = (shape[-1] if lagrangian.get("over") == "last" else size) if together else size
        for first in range(start, start + size, width):
            neurons = np.arange(first, first + width)
            self.blocks.append(Block(kind, name, neurons, parameters, formula, together))

    def digits_at(self, x):
        """Digits that hold sums of exponentials at a state, as they stand in formulas."""
        if not any(b.formula for b in self.blocks):
            return self.digits
        steep = [abs(float(v)) for b in self.blocks if b.formula for v in b.parameters.values()]
        far = max(abs(float(v)) for v in x) * max([1.0, *steep])
        return self.digits + int(min(far, 1000))

    # What each arithmetic needs: W, I, tau and the symmetrizer as its numbers.
    def constants(self, m):
        if m is FLOATS:
            key = "floats"
        else:
            from mpmath import mp

            key = mp.prec
        if key not in self._exact:
            d = [
                float(v) if m is FLOATS else EXACT.number(v)
                for v in self.D or [Fraction(1)] * self.n
            ]
            dtype = float if m is FLOATS else object
            self._exact[key] = {
                "W": m.array(self.W),
                "I": m.array(self.input),
                "tau": m.array(self.tau),
                "D": np.array(d, dtype=dtype),
                "gates": [(i, j, k, m.number(t)) for i, j, k, t in self.gates],
            }
        return self._exact[key]

    def activation(self, m, x):
        g = np.empty_like(x)
        for b in self.blocks:
            part, p = x[..., b.neurons], b.parameters_in(m)
            if not b.formula:
                rule = shared if b.together else scalars
                g[..., b.neurons] = rule.activation(m, b.kind, part, p)
            elif not b.together:
                g[..., b.neurons] = formulas.elementwise(m, b.formula, part, p)[1]
            else:
                rows = part.reshape(-1, len(b.neurons))
                made = [formulas.shared(m, b.formula, row, p)[1] for row in rows]
                g[..., b.neurons] = np.array(made, dtype=x.dtype).reshape(part.shape)
        return g

    def lagrangian(self, m, x, weighted=True):
        """Sum of L, each times its entry of D, for one state or many."""
        d = self.constants(m)["D"]
        total = np.zeros(x.shape[:-1], dtype=x.dtype) + 0 * x[..., 0]
        for b in self.blocks:
            part, p = x[..., b.neurons], b.parameters_in(m)
            factor = d[b.neurons] if weighted else 1 + 0 * d[b.neurons]
            if not b.together:
                if b.formula:
                    values = formulas.elementwise(m, b.formula, part, p)[0]
                else:
                    values = scalars.value(m, b.kind, part, p)
                total = total + np.sum(factor * values, axis=-1)
            elif b.formula:
                rows = part.reshape(-1, len(b.neurons))
                made = [formulas.shared(m, b.formula, row, p)[0] for row in rows]
                total = total + factor[0] * np.array(made, dtype=x.dtype).reshape(part.shape[:-1])
            else:
                total = total + factor[0] * shared.value(m, b.kind, part, p)
        return total

    def curve(self, m, x, v):
        """H v at x."""
        out = np.empty_like(v)
        for b in self.blocks:
            part, p, w = x[..., b.neurons], b.parameters_in(m), v[..., b.neurons]
            if not b.together:
                if b.formula:
                    h = formulas.elementwise(m, b.formula, part, p)[2]
                else:
                    h = scalars.slope(m, b.kind, part, p)
                out[..., b.neurons] = h * w
            elif b.formula:
                rows, ws = part.reshape(-1, len(b.neurons)), w.reshape(-1, len(b.neurons))
                made = [
                    np.dot(formulas.shared(m, b.formula, r, p)[2], q)
                    for r, q in zip(rows, ws, strict=True)
                ]
                out[..., b.neurons] = np.array(made, dtype=x.dtype).reshape(w.shape)
            else:
                out[..., b.neurons] = shared.curve(m, b.kind, part, w, p)
        return out

    def hessian(self, m, x):
        """H at one state, as a matrix."""
        columns = m.array(np.eye(self.n))
        out = np.empty((self.n, self.n), dtype=x.dtype)
        for j in range(self.n):
            out[:, j] = self.curve(m, x, columns[j])
        return out

    def pull(self, m, g):
        """W g and what gates add, without the input."""
        c = self.constants(m)
        drive = np.dot(g, c["W"].T)
        for i, j, k, t in c["gates"]:
            drive[..., i] = drive[..., i] + t * g[..., j] * g[..., k]
            drive[..., j] = drive[..., j] + t * g[..., i] * g[..., k]
            drive[..., k] = drive[..., k] + t * g[..., i] * g[..., j]
        return drive

    def residual(self, m, x):
        """U = W g + I - x."""
        return self.pull(m, self.activation(m, x)) + self.constants(m)["I"] - x

    def coupling(self, m, g):
        """Matrix of d(drive)/dg at one g."""
        c = self.constants(m)
        M = c["W"].copy()
        for i, j, k, t in c["gates"]:
            for a, b, other in ((i, j, k), (i, k, j), (j, k, i)):
                M[a, b] = M[a, b] + t * g[other]
                M[b, a] = M[b, a] + t * g[other]
        return M

    def energy(self, m, x):
        """E, with the symmetrizer where there is one."""
        c = self.constants(m)
        g = self.activation(m, x)
        d = c["D"]
        mutual = np.sum(d * g * np.dot(g, c["W"].T), axis=-1) / 2
        for i, j, k, t in c["gates"]:
            mutual = mutual + t * g[..., i] * g[..., j] * g[..., k]
        return np.sum(d * (x - c["I"]) * g, axis=-1) - self.lagrangian(m, x) - mutual

    def velocity(self, m, x):
        """dx/dt of the neurons with tau above 0; those with tau 0 follow (one state only)."""
        c = self.constants(m)
        u = self.residual(m, x)
        if not len(self.instant):
            return u / c["tau"]
        out = 0 * u
        out[..., self.slow] = u[..., self.slow] / c["tau"][self.slow]
        out[..., self.clamped] = 0 * out[..., self.clamped]
        return self._follow(m, x, out)

    def _follow(self, m, x, v):
        """Velocities of the neurons with tau 0, from x_f = (W g + I)_f: v_f = (W H v)_f."""
        f = self.instant
        M = self.coupling(m, self.activation(m, x))
        H = self.hessian(m, x)
        J = np.dot(M, H)
        right = np.dot(J[f][:, self.slow], v[self.slow])
        A = m.array(np.eye(len(f))) - J[np.ix_(f, f)]
        v = v.copy()
        v[f] = solve(m, A, right)
        return v

    def rate(self, m, x):
        """DE/dt at one state, and the sum of the sizes of its terms."""
        c = self.constants(m)
        v = self.velocity(m, x)
        Hv = self.curve(m, x, v)
        if self.D is not None:
            u = self.residual(m, x)
            u[self.instant] = 0 * u[self.instant]
            terms = -c["D"] * u * Hv
        else:
            g = self.activation(m, x)
            symmetric = (np.dot(c["W"], g) + np.dot(c["W"].T, g)) / 2
            gates = self.pull(m, g) - np.dot(c["W"], g)
            terms = (x - c["I"] - symmetric - gates) * Hv
        return np.sum(terms), np.sum(m.abs(terms))

    def jacobian(self, m, x):
        """Of u by x: (dW/dg) H - 1."""
        M = self.coupling(m, self.activation(m, x))
        return np.dot(M, self.hessian(m, x)) - m.array(np.eye(self.n))

    def jacobians(self, xs):
        """The same for many states at once, in float64."""
        count, n = xs.shape
        one = np.broadcast_to(np.eye(n), (count, n, n))
        H = self.curve(FLOATS, np.broadcast_to(xs[:, None, :], (count, n, n)).copy(), one.copy())
        if self.gates:
            gs = self.activation(FLOATS, xs)
            M = np.stack([self.coupling(FLOATS, g) for g in gs])
        else:
            M = self.W
        return M @ H - one

    def settle(self, m, x):
        """States with those of tau 0 put at their drive; None where they do not come to one."""
        f = self.instant
        if not len(f):
            return x
        x = x.copy()
        for _ in range(len(f) + 1):
            new = (self.residual(m, x) + x)[..., f]
            if np.all(new == x[..., f]):
                return x
            x[..., f] = new
        if self.loops():
            return None
        return x

    def loops(self):
        """Whether neurons with tau 0 depend on each other in a circle."""
        f = self.instant
        inner = (self.W != 0)[np.ix_(f, f)]
        if any(sum(q in set(f) for q in gate[:3]) > 1 for gate in self.gates):
            return True
        together = [b for b in self.blocks if b.together]
        for b in together:
            here = np.isin(f, b.neurons)
            inner[:, here] |= inner[:, here].any(axis=1, keepdims=True)
        reach = inner.astype(float)
        for _ in range(int(np.ceil(np.log2(len(f) + 1))) + 1):
            reach = np.minimum(reach + reach @ reach, 1)
        return bool(np.any(np.diag(reach) > 0))

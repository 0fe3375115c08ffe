"""Explicit pairs with steps that are chosen, once more: plain NumPy, one trial, nothing of hamsim.

Coefficients are those of `tableaus`; what interpolates is written from its own sources.
"""

import numpy as np
import tableaus
from scipy.integrate._ivp import dop853_coefficients as hairer

SAFETY, ALPHA, BETA, LEAST, MOST = 0.9, 0.7, 0.4, 0.2, 10.0
ROUNDING = 4 * np.finfo(float).eps
# Power of h that the error is proportional to.
POWER = {"bs32": 3, "tsit5": 5, "dop853": 8}
LATER = {"dop853": hairer.A[13:]}
QUARTERS = (0.25, 0.5, 0.75, 1.0)
TINY = 1e-300  # a radius where nothing moves
ADD_UP = 2.0  # kinks of several neurons, one after the other


def hermite(theta, x, y, k):
    """The cubic through both states with both velocities."""
    change = y - x
    ends = (1 - 2 * theta) * change + (theta - 1) * k[0] + theta * k[-1]
    return (1 - theta) * x + theta * y + theta * (theta - 1) * ends


def tsitouras(theta, x, y, k):
    """Tsitouras 2011, section 4."""
    t = theta
    weights = (
        -1.0530884977290216 * t * (t - 1.3299890189751412)
        * (t**2 - 1.4364028541716351 * t + 0.7139816917074209),
        0.1017 * t**2 * (t**2 - 2.1966568338249754 * t + 1.2949852507374631),
        2.490627285651252793 * t**2 * (t**2 - 2.38535645472061657 * t + 1.57803468208092486),
        -16.54810288924490272 * (t - 1.21712927295533244) * (t - 0.61620406037800089) * t**2,
        47.37952196281928122 * (t - 1.203071208372362603) * (t - 0.658047292653547382) * t**2,
        -34.87065786149660974 * (t - 1.2) * (t - 0.666666666666666667) * t**2,
        2.5 * (t - 1) * (t - 0.6) * t**2,
    )  # fmt: skip
    return x + sum(w * each for w, each in zip(weights, k, strict=True))


def hairers(theta, x, y, k):
    """Contd8 of Hairer's program."""
    k = np.array(k)
    change = y - x
    parts = [change, k[0] - change, 2 * change - (k[12] + k[0]), *(hairer.D @ k)]
    state = np.zeros_like(x)
    for number, part in enumerate(reversed(parts)):
        state = (state + part) * (theta if number % 2 == 0 else 1 - theta)
    return x + state


INTERPOLANTS = {"bs32": hermite, "tsit5": tsitouras, "dop853": hairers}


def error_of(name, x, y, k, rtol, atol, most=np.inf):
    """Largest error in units of what it may be."""
    allowed = np.minimum(atol + rtol * np.maximum(np.abs(x), np.abs(y)), most)
    allowed = np.maximum(allowed, ROUNDING * np.maximum(np.abs(x), np.abs(y)))
    if name == "dop853":
        k = np.array(k[:13])
        one, two = hairer.E5 @ k, hairer.E3 @ k
        both = np.sqrt(one**2 + 0.01 * two**2)
        error = np.divide(one**2, both, out=np.zeros_like(both), where=both > 0)
    else:
        method = tableaus.METHODS[name]
        b, hat = (
            np.array(list(map(float, tableaus.numbers(row)))) for row in (method.b, method.embedded)
        )
        weights = np.pad(b, (0, len(hat) - len(b))) - hat
        error = sum(w * each for w, each in zip(weights, k, strict=False))
    return np.abs(error / allowed).max(initial=0.0)


def missed(name, part, within):
    """By how much a step misses the integral of max(0, t - part) over 0 < t < 1.

    Where states within it are recorded, also up to quarters of it; of all the largest one.
    """
    method = tableaus.METHODS[name]
    b = list(map(float, tableaus.numbers(method.b)))
    c = [float(sum(tableaus.numbers(row))) for row in method.a]
    nodes = [*c, 1.0, *[float(row.sum()) for row in LATER.get(name, ())]]
    k = [np.array([max(0.0, node - part)]) for node in nodes]
    x, y = np.zeros(1), sum(w * each for w, each in zip(b, k, strict=False))
    found = [
        max(0.0, q - part) ** 2 / 2 - float(INTERPOLANTS[name](q, x, y, k)[0])
        for q in (QUARTERS if within else QUARTERS[-1:])
    ]
    return max(found, key=abs)


def halved(f):
    """Where f is 0 between 0 and 1; of several places the one that halving comes to."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) * f(0.0) > 0 else (low, middle)
    return high


class Kinks:
    """What activations that bend add to the error of a step.

    Parameters
    ----------
    W, tau : ndarray
    breaks, jumps : ndarray, shape (some, n)
        Where slopes jump, and by how much.
    """

    def __init__(self, W, tau, breaks, jumps):
        self.W, self.tau, self.breaks, self.jumps = W, tau, breaks, jumps
        self.met = 0  # steps that were to end at a kink
        moves = tau > 0
        self.rate = np.divide(1.0, tau, out=np.zeros_like(tau), where=moves)
        self.reach = (np.abs(W).sum(axis=1) * self.rate).max(initial=0.0)

    def error(self, name, x, y, k, h, rtol, atol, within):
        """What they add, and of the first one that may matter where it is and what it misses."""
        d, first = np.zeros_like(x), (2.0, 0.0)
        for at, jump in zip(self.breaks, self.jumps, strict=True):
            for i in np.flatnonzero(((x - at) * (y - at) < 0) & (jump != 0)):
                way = abs(y[i] - x[i])
                off = missed(name, abs(x[i] - at[i]) / way, within)
                d[i] += jump[i] * way * off
                if self.reach * h * abs(jump[i] * way * off) > 0.2 * atol:
                    slopes = (k[0][i], k[-1][i]) if self.rate[i] > 0 else (y[i] - x[i],) * 2
                    ends = x[i] - at[i], y[i] - at[i], slopes
                    part = halved(lambda s, ends=ends: hermite(s, *ends))
                    first = min(first, (part, abs(off)))
        if self.reach * h * np.abs(d).max(initial=0.0) <= 0.2 * atol:
            return 0.0, first
        allowed = atol + rtol * np.maximum(np.abs(x), np.abs(y))
        return ADD_UP * np.abs(h * self.rate * (self.W @ d) / allowed).max(initial=0.0), first


class Radius:
    """The spectral radius of d(dx/dt)/dx, by the power method on differences along the steps.

    Parameters
    ----------
    tau : ndarray
    bound : float
        Which it does not exceed.
    most : float
        Largest step times the radius.
    """

    def __init__(self, tau, bound, most):
        self.bound, self.most, self.radius, self.since = bound, most, 0.0, 0
        rate = np.divide(1.0, tau, out=np.zeros_like(tau), where=tau > 0)
        self.direction = (1 + 0.5 * np.sin(np.arange(1.0, tau.size + 1))) * rate

    def limited(self, f, settle, x, h):
        """The next step, at most so long that what is fastest dies."""
        if h * self.bound > self.most:
            self.since += 1
            wait = 4 if 2 * h * self.radius > self.most else 16
            if self.radius == 0 or self.since >= wait:
                for _ in range(8 if self.radius == 0 else 1):
                    self.look(f, settle, x)
                    if self.radius == TINY:
                        break
                self.since = 0
        return min(h, self.most / self.radius) if self.radius > 0 else h

    def look(self, f, settle, x):
        far = 1e-7 * np.abs(x).max() * np.sqrt(x.size)
        length = np.linalg.norm(self.direction)
        unit = self.direction / length if length > 0 else self.direction
        self.direction = (f(settle(x + far * unit)) - f(x)) / far
        self.radius = np.linalg.norm(self.direction)
        if not 0 < self.radius < np.inf:  # nothing moves
            self.direction, self.radius = np.ones_like(x), TINY


def first_step(f, x, settle, end, power, rtol, atol):
    """Hairer, Norsett and Wanner I, section II.4, with the largest number for each norm."""
    allowed = atol + rtol * np.abs(x)
    slope = f(x)
    size, steep = (np.abs(values / allowed).max() for values in (x, slope))
    h = 0.01 * size / steep if size >= 1e-5 and steep >= 1e-5 else 1e-6 * end
    h = min(h, end)
    bend = np.abs((f(settle(x + h * slope)) - slope) / allowed).max() / h
    largest = max(steep, bend)
    wanted = (0.01 / largest) ** (1 / power) if largest > 1e-15 else max(1e-6, 1e-3 * h)
    return min(100 * h, wanted, end)


def integrate(f, x, times, end, name, rtol, atol, settle=lambda x: x, kinks=None, radius=None):
    """States at times within (0, end), and the last one; steps taken and refused.

    Returns
    -------
    states : list of ndarray
    steps : list of float
        Length of each step that was taken.
    refused : int
    """
    x, t, power = settle(x), 0.0, POWER[name]
    h, before, again = first_step(f, x, settle, end, power, rtol, atol), 1.0, False
    resume = 0.0  # length of steps before one that ends at a kink
    states, steps, refused = [], [], 0
    while t < end:
        left = end - t
        tried = left if left <= 1.05 * h else 0.5 * left if left < 2 * h else h
        k, y = tableaus.slopes(f, x, tried, name, settle)
        k = [tried * each for each in k]
        error, of = error_of(name, x, y, k, rtol, atol), power
        within = any(t < time < t + tried for time in times)
        by_kinks, first = 0.0, (2.0, 0.0)
        if kinks is not None:
            by_kinks, first = kinks.error(name, x, y, k, tried, rtol, atol, within)
        if by_kinks > max(error, 1.0):
            part = first[0] - np.clip(5.0 * first[1] / by_kinks, 1e-6, 1e-2)
            if 0.9 / np.sqrt(by_kinks) < part < 0.95:
                factor = SAFETY * max(error, 1e-4) ** (-1 / power)
                resume = max(resume, tried * min(1.0, factor))
                h, refused, kinks.met = tried * part, refused + 1, kinks.met + 1
                continue
        if by_kinks > error:
            error, of = by_kinks, 2
        if not error <= 1:
            h = tried * np.clip(SAFETY * error ** (-1 / of), LEAST, 0.9)
            refused, again = refused + 1, True
            continue
        inside = [time for time in times if t < time <= t + tried and time < end]
        if inside:
            for row in LATER.get(name, ()):
                state = settle(x + sum(w * each for w, each in zip(row, k, strict=False)))
                k.append(tried * f(state))
        states += [INTERPOLANTS[name]((time - t) / tried, x, y, k) for time in inside]
        error = max(error, 1e-4)
        factor = SAFETY * error ** (-ALPHA / power) * before ** (BETA / power)
        factor = np.clip(factor, LEAST, MOST)
        wanted = tried * (min(factor, 1.0) if again else factor)
        h = max(wanted, h) if tried < h else wanted
        h, resume = max(h, resume), 0.0
        t, x, before, again = (end if tried == left else t + tried), y, error, False
        steps.append(tried)
        if radius is not None and t < end:
            h = radius.limited(f, settle, x, h)
    return [*states, x], steps, refused

"""Noise again, slowly: Philox, normal numbers, and the steps of every stochastic method.

Written from the papers, with nothing imported from hamsim. [Salmon]: Parallel random numbers: as
easy as 1, 2, 3, SC (2011), section 3; the rest are formulas.
"""

import hashlib
import math

import numpy as np

LOW = 2**32 - 1


def philox(counter, key):
    """Philox 4x32-10, [Salmon] figure 2."""
    (a, b, c, d), (k, m) = counter, key
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (q >> 32) ^ b ^ k, q & LOW, (p >> 32) ^ d ^ m, p & LOW
        k, m = (k + 0x9E3779B9) & LOW, (m + 0xBB67AE85) & LOW
    return a, b, c, d


def key_of(seed):
    """Two numbers of 32 bits: a digest of the seed's decimals and of what they are for."""
    words = [str(seed).encode(), b"noise"]
    text = b"".join(len(word).to_bytes(8, "little") + word for word in words)
    number = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest()[:8], "little")
    return number & LOW, number >> 32


def point(high, low):
    """Two normal numbers of 64 bits: 40 of the radius, 22 of an angle, and two reflections."""
    bits = high << 32 | low
    radius = math.sqrt(-2 * math.log(((bits >> 24) + 0.5) / 2**40))
    angle = ((bits & 0x3FFFFF) - 2**21 + 0.5) / 2**22 * math.pi / 2
    x, y = radius * math.cos(angle), radius * math.sin(angle)
    if bits >> 22 & 1:
        x, y = y, x
    return (-x, -y) if bits >> 23 & 1 else (x, y)


def normal(seed, step, neuron, trial=0):
    """The normal number of a step, a neuron and a trial."""
    block = step // 4 % 2**64
    a, b, c, d = philox((block & LOW, block >> 32, neuron, trial), key_of(seed))
    return (*point(a, b), *point(c, d))[step % 4]


def normals(seed, step, n, trial=0):
    """Those of all neurons."""
    return np.array([normal(seed, step, neuron, trial) for neuron in range(n)])


def run(model, noise, x, dt, steps, method, seed, trial=0):
    """States after each step, shape (steps + 1, n).

    Parameters
    ----------
    model : Dense
        The oracle of the network without noise, with `tau`, `drive(x)` = W g + I.
    noise : (sigma, tau)
    """
    sigma, memory = noise
    n, instant, white = len(x), model.tau == 0, memory == 0
    tau = np.where(instant, 1.0, model.tau)
    size = np.where(white & ~instant, sigma * np.sqrt(dt) / tau, 0.0)
    decay = np.where(white, 0.0, np.exp(-dt / np.where(white, 1.0, memory)))
    spread = np.where(white, 0.0, sigma * np.sqrt(1 - decay**2))
    eta = np.where(white, 0.0, sigma) * normals(seed, -1, n, trial)

    def settled(x, eta):
        # Neurons with tau = 0 do not read one another.
        return np.where(instant, model.drive(x) + eta, x)

    def slope(x, eta):
        return np.where(instant, 0.0, (model.drive(x) - x + eta) / tau)

    states = [settled(x, eta)]
    for step in range(steps):
        x, xi = states[-1], normals(seed, step, n, trial)
        new = decay * eta + spread * xi
        added = size * xi
        if method == "leimkuhler_matthews":
            added = size * (xi + normals(seed, step + 1, n, trial)) / 2
        first = slope(x, eta)
        if method == "stochastic_heun":
            predicted = settled(x + dt * first + added, new)
            first = (first + slope(predicted, new)) / 2
        states.append(settled(x + dt * first + added, new))
        eta = new
    return np.array(states)

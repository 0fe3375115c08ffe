"""The rule of neurons of two values beside hidden ones once more, slowly: both energies, compared.

E(s) = -1/2 s.V s - I.s - sum of L(W s + J) over the hidden layers, with V and I among the neurons
of two values and W and J towards the hidden ones.
"""


def reduced_energy(s, layers, V=None, current=None):
    """E of one state; `layers` are triples of W, J and a function L of a layer's states."""
    energy = -sum(L(W @ s + J) for W, J, L in layers)
    if V is not None:
        energy -= 0.5 * s @ V @ s
    return energy if current is None else energy - current @ s


def sweep(s, order, layers, V=None, current=None, low=-1.0, high=1.0):
    """One sweep over a state, changed in place; how many neurons took another value."""
    flips = 0
    for i in order:
        up, down = s.copy(), s.copy()
        up[i], down[i] = high, low
        gain = reduced_energy(down, layers, V, current) - reduced_energy(up, layers, V, current)
        new = high if gain > 0 else low if gain < 0 else s[i]
        flips += new != s[i]
        s[i] = new
    return flips


def at_once(s, layers, V=None, current=None, low=-1.0, high=1.0):
    """What all neurons become if they are set at once."""
    new = s.copy()
    for i in range(s.size):
        alone = s.copy()
        sweep(alone, [i], layers, V, current, low, high)
        new[i] = alone[i]
    return new

"""Networks on which earlier certificates erred, by name."""

import numpy as np

from attack.cases import Case, group, network


def clamped_softmax():
    """The second neuron of a softmax clamped: the first ends in a cycle."""
    W = np.array([[3.0, 0, 1], [0, 0, 5], [1, 5, 0]])
    groups = {
        "a": group({"kind": "softmax", "beta": 4.0}, 2, input=[-1.5, 0.0]),
        "b": group("identity", 1, input=-3.0),
    }
    stimuli = [{"group": "a", "mode": "clamp", "value": [0.0, 0.0], "mask": [0, 1], "start": 0}]
    return Case(
        "known", network(groups, W, stimuli=stimuli), {"states": [np.array([0.5, 0.0, 0.5])]}
    )


def kink_far_out():
    """A kink at 1e8 where the activation drops."""
    made = network({"a": group({"expression": "abs(x-1e8)**3 - abs(x-1e8)"}, 1)})
    return Case("known", made, {"centres": {"a": [1e8]}})


def kink_far_out_in_integers():
    """The same with the offset as an integer."""
    made = network({"a": group({"expression": "abs(x-100000000)**3 - abs(x-100000000)"}, 1)})
    return Case("known", made, {"centres": {"a": [1e8]}})


def not_a_constant():
    """-x^2 + 1 hidden under squares of 1e8."""
    text = "(1e8*x+1)**2 - 1e16*x**2 - 2e8*x - x**2"
    return Case("known", network({"a": group({"expression": text}, 1, input=1.0)}))


def odd_integer():
    """Integers beyond 2^53 that float64 does not tell apart."""
    text = "9007199254740992*x**2 - 9007199254740993*x**2"
    return Case("known", network({"a": group({"expression": text}, 1, input=1.0)}))


def ratio_of_infinity():
    """Kappa of a softmax with a large linear part is 1 in float64, yet tau 0 beside 1 is no ratio."""
    lagrangian = {"kind": "softmax_ridge", "beta": 1e-8, "epsilon": 1e8}
    return Case(
        "known", network({"a": group(lagrangian, 2, [0.0, 1.0])}, np.array([[0.0, 1], [1, 0]]))
    )


def slope_underflows():
    """A slope of 1e-200 over tau."""
    return Case(
        "known", network({"a": group({"kind": "tanh", "beta": 1e-200}, 1, 1e200)}, [[-1.0]])
    )


def slope_underflows_alone():
    return Case(
        "known",
        network({"a": group({"kind": "tanh", "beta": 1e-200}, 2, 1e150)}, [[0, -3.0], [-3.0, 0]]),
    )


def tiny_rise():
    """A witness of gelu that is far out, where everything is rounding."""
    groups = {"a": group("gelu", 2, input=[-3.0, -33.0])}
    return Case("known", network(groups, np.array([[0.0, 0.5], [0.5, 0]])))


def cycle_defect():
    """Three neurons whose cycle is out of balance by 8e-13."""
    W = np.array([[0, 1.0, 2.0], [1.0, 0, 3.0], [2.0, 3.0 * (1 + 8e-13), 0]])
    return Case("known", network({"a": group("tanh", 3, input=[0.3, -0.2, 0.1])}, W))


def uniform_inhibition():
    """100 relu neurons that inhibit each other alike."""
    W = np.full((100, 100), -0.02)
    np.fill_diagonal(W, 0.8)
    return Case("known", network({"a": group("relu", 100, input=1.0)}, W))


def rounding_on_the_diagonal():
    """Local competition with -2.2e-16 on the diagonal."""
    W = np.array([[-2.220446049250313e-16, -0.3], [-0.3, 0.0]])
    lagrangian = {"kind": "soft_threshold", "threshold": 0.1}
    return Case("known", network({"a": group(lagrangian, 2, 10.0, input=[1.0, 0.5])}, W))


CASES = {
    f.__name__: f
    for f in (clamped_softmax, kink_far_out, kink_far_out_in_integers, not_a_constant, odd_integer,
              ratio_of_infinity, slope_underflows, slope_underflows_alone, tiny_rise, cycle_defect,
              uniform_inhibition, rounding_on_the_diagonal)
}  # fmt: skip

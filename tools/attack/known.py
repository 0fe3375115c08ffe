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
    """Kappa of a softmax with a large linear part is 1 in float64; tau 0 beside 1 is no ratio."""
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


def never(*claims):
    """Hints of claims that are known to be false."""
    return {"false": [tuple(c.split()) for c in claims]}


def edge_before_a_continuum():
    """X' = tanh x - x falls as t^-1/2 only, so that y' = tanh x goes on for ever."""
    groups = {"x": group("tanh", 1), "y": group("identity", 1)}
    false = never("converges proved", "globally_stable proved", "unique_equilibrium proved")
    return Case("known", network(groups, np.array([[1.0, 0], [1, 1]])), false)


def rest_states_without_end():
    """The energy falls without end, but not along any solution: waves hold each."""
    groups = {"a": group({"expression": "x**2/2 + 0.5*sin(x)"}, 1, input=0.1)}
    false = never("converges refuted", "unique_equilibrium proved", "globally_stable proved")
    return Case("known", network(groups, [[1.0]]), false)


def cycle_around_a_stable_state():
    """Two tanh neurons: a stable rest state within a stable cycle."""
    W = np.array([[11.58, -11.81], [6.15, 0.0]])
    groups = {"e": group("tanh", 1, input=1.943), "i": group("tanh", 1, 5.376, input=-4.091)}
    false = never("converges proved", "globally_stable proved", "unique_equilibrium refuted")
    return Case("known", network(groups, W), false)


def one_unstable_state():
    """Two tanh neurons: exactly one rest state, and all solutions but one go to a cycle."""
    groups = {"e": group("tanh", 1), "i": group("tanh", 1, 2.0)}
    false = never("unique_equilibrium refuted", "globally_stable proved", "converges proved")
    return Case("known", network(groups, np.array([[3.0, -2.0], [2.0, 0.0]])), false)


def softplus_escape():
    """The energy is bounded and falls, yet no solution comes to rest."""
    false = never(
        "converges proved",
        "unique_equilibrium proved",
        "globally_stable proved",
        "bounded_below refuted",
    )
    return Case("known", network({"a": group("softplus", 1)}, [[1.0]]), false)


def saddle():
    """A linear network with one rest state from which solutions go away."""
    false = never(
        "unique_equilibrium refuted",
        "globally_stable proved",
        "converges proved",
        "bounded_below proved",
    )
    return Case(
        "known", network({"a": group("identity", 2, input=0.1)}, np.diag([2.0, 0.5])), false
    )


def cycle_before_a_part():
    """A cycle drives neurons that contract."""
    W = np.zeros((3, 3))
    W[:2, :2] = [[3.0, -2.0], [2.0, 0.0]]
    W[2, 0] = 1.0
    groups = {"e": group("tanh", 1), "i": group("tanh", 1, 2.0), "out": group("tanh", 1)}
    return Case(
        "known", network(groups, W), never("converges proved", "unique_equilibrium refuted")
    )


def rest_state_on_a_border():
    """A rest state where two pieces of relu meet."""
    W = np.array([[0.0, -3.0], [2.0, 0.0]])
    return Case(
        "known",
        network({"a": group("relu", 2)}, W),
        never("unique_equilibrium refuted", "converges refuted"),
    )


def ratio_by_a_hair():
    """Softmax with time constants 1 and 1.0001: what an eigenvalue test takes for rounding."""
    groups = {"a": group("softmax", 2, [1.0, 1.0001])}
    return Case(
        "known", network(groups, np.array([[0.0, 1], [1, 0]])), never("energy_decreases proved")
    )


def two_cycle_of_steps():
    """Two tanh neurons that swap under steps of tau."""
    made = network({"a": group("tanh", 2)}, np.array([[0.0, 3.0], [3.0, 0.0]]))
    return Case("known", made, {"run": {"method": "euler", "dt": 1.0, "t_end": 40.0}})


def step_by_a_hair():
    """An identity neuron with inhibition 3: steps above 1/2 diverge."""
    made = network({"a": group("identity", 1, input=0.3)}, [[-3.0]])
    return Case("known", made, {"run": {"method": "euler", "dt": 0.5 * (1 + 1e-12), "t_end": 40.0}})


def not_symmetric_in_double_precision():
    """Weights that differ by 1e-9 between directions: alike in single precision only."""
    W = np.array([[0, 1.0, 2.0], [1.0, 0, 3.0], [2.0, 3.0 + 1e-9, 0]])
    made = network({"a": group("tanh", 3, input=[0.3, -0.2, 0.1])}, W)
    words = {"method": "euler", "dt": 0.01, "t_end": 40.0, "dtype": "float32"}
    return Case("known", made, {"run": words})


def rounded_scaling():
    """D^-1 S with the rounding of float64."""
    S = np.array([[0.3, 0.7, -0.4], [0.7, 0.1, 0.9], [-0.4, 0.9, 0.2]])
    W = S / np.array([1.3, 0.7, 2.9])[:, None]
    return Case("known", network({"a": group("tanh", 3, input=[0.3, -0.2, 0.1])}, W))


def step_in_a_box():
    """A family without a bound of its slope, whose drive is bounded: steps are safe in a box."""
    groups = {"a": group("tanh", 1), "b": group({"kind": "power", "degree": 4}, 1, input=0.3)}
    made = network(groups, np.array([[0.0, -1.0], [-1.0, 0.0]]))
    return Case("known", made, {"run": {"method": "euler", "dt": 0.6, "t_end": 40.0}})


CASES = {
    f.__name__: f
    for f in (
        clamped_softmax,
        kink_far_out,
        kink_far_out_in_integers,
        not_a_constant,
        odd_integer,
        ratio_of_infinity,
        slope_underflows,
        slope_underflows_alone,
        tiny_rise,
        cycle_defect,
        uniform_inhibition,
        rounding_on_the_diagonal,
        edge_before_a_continuum,
        rest_states_without_end,
        cycle_around_a_stable_state,
        one_unstable_state,
        softplus_escape,
        saddle,
        cycle_before_a_part,
        rest_state_on_a_border,
        ratio_by_a_hair,
        two_cycle_of_steps,
        step_by_a_hair,
        not_symmetric_in_double_precision,
        rounded_scaling,
        step_in_a_box,
    )
}

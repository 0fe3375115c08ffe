"""The networks from neuroscience show every figure that their descriptions state."""

import math

import numpy as np
import pytest
from scipy.ndimage import maximum_filter
from scipy.special import erf

import hamsim
from hamsim.cli.examples import zoo

SYMMETRIC = (
    "amari_field",
    "divisive_normalisation",
    "grid_cells",
    "oculomotor_integrator",
    "orientation_hypercolumn",
    "sparse_coding_lca",
    "winner_take_all",
    "working_memory_bump",
)
ONE_WAY = ("moving_ring", "potjans_diesmann", "wilson_cowan")


def load(name, **changes):
    return hamsim.load(
        zoo() / f"{name}.yaml", {k.replace("__", "."): v for k, v in changes.items()}
    )


def data(name):
    return np.load(zoo() / "data" / f"{name}.npz")


@pytest.fixture(scope="module")
def run():
    """Trace of a network as its file says, simulated once."""
    kept = {}

    def simulate(name):
        if name not in kept:
            # One thread gives the same bits, and takes as long on a busy machine as on an idle one.
            kept[name] = hamsim.simulate(load(name), threads=1)
        return kept[name]

    return simulate


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_energy_of_symmetric_circuits_never_rises(run, name):
    network, trace = hamsim.compile(load(name)), run(name)
    assert network.symmetric
    assert not trace.stats.energy.rose
    assert trace.stats.notes == ()


@pytest.mark.parametrize("name", ONE_WAY)
def test_no_scaling_of_neurons_makes_the_others_symmetric(run, name):
    network = hamsim.compile(load(name))
    W = network.W.toarray()
    assert not network.symmetric
    # d_i W_ij = d_j W_ji with d > 0 would need W_ij and W_ji to have one sign.
    assert (W * W.T).min() < 0
    assert run(name).outcome in ("finished", "converged", "cycle")
    assert "energy" not in run(name).arrays


# --- orientation_hypercolumn -------------------------------------------------------------------


def half_width(rates):
    """Half of the width of a bump at half of its height, in neurons; it must not touch the ends."""
    half = rates.max() / 2
    above = np.flatnonzero(rates > half)
    first, last = above[0], above[-1]
    assert above.size == last - first + 1
    left = first - (rates[first] - half) / (rates[first] - rates[first - 1])
    right = last + (rates[last] - half) / (rates[last] - rates[last + 1])
    return (right - left) / 2


def test_orientation_tuning_is_as_wide_at_every_contrast(run):
    trace = run("orientation_hypercolumn")
    assert trace.outcome == "converged"
    rates = np.maximum(trace.x[:, -1], 0)
    assert data("orientation_hypercolumn")["contrast"].tolist() == [0.1, 0.2, 0.4, 0.8]
    assert rates.argmax(axis=1).tolist() == [90] * 4
    assert rates.max(axis=1) == pytest.approx([9.0, 18.0, 36.0, 72.0], abs=0.05)
    assert [half_width(row) for row in rates] == pytest.approx([20.0] * 4, abs=0.01)


def test_the_grating_is_tuned_by_a_tenth_of_its_strength():
    theta = np.radians(np.arange(180))
    expected = 40 * 0.4 * (0.9 + 0.1 * np.cos(2 * (theta - np.pi / 2)))
    np.testing.assert_allclose(data("orientation_hypercolumn")["grating"][2], expected, rtol=1e-12)


# --- working_memory_bump -----------------------------------------------------------------------


def direction(g):
    """Direction of the population vector, in degrees."""
    around = np.exp(2j * np.pi * np.arange(g.shape[-1]) / g.shape[-1])
    return np.degrees(np.angle(g @ around))


def test_the_bump_of_a_cue_stays_for_three_seconds(run):
    trace = run("working_memory_bump")
    cues = data("working_memory_bump")["cue_degrees"]
    assert cues.tolist() == [22, 67, 112, 157, 202, 247, 292, 337]
    g = 1 / (1 + np.exp(-8 * trace.x))
    before, end = g[:, trace.t < 250], g[:, -1]
    assert trace.t[-1] == pytest.approx(3500)
    assert before[:, -1] == pytest.approx(0.012, abs=0.0005)
    assert end[:8].max(axis=1) == pytest.approx(0.99, abs=0.005)
    assert set((end[:8] > 0.5).sum(axis=1)) == {11, 12}  # of 4 degrees each
    error = (direction(end[:8]) - cues + 180) % 360 - 180
    assert np.abs(error).max() < 0.03
    assert end[8] == pytest.approx(0.012, abs=0.0005)
    assert g[8].max() < 0.02
    assert trace.energy[8, -1] == pytest.approx(-0.16, abs=0.005)
    assert trace.energy[:8, -1] == pytest.approx(0.13, abs=0.005)


# --- amari_field -------------------------------------------------------------------------------


def active(x):
    return np.flatnonzero(x > 0).tolist()  # above half of the largest activity


def test_the_field_keeps_a_bump_where_it_was_begun(run):
    trace = run("amari_field")
    assert trace.outcome == "converged"
    nothing, small, large, two = trace.x[:, -1]
    assert active(nothing) == []
    assert active(small) == list(range(34, 47))  # 13 cells around 40
    assert active(large) == list(range(84, 97))
    assert active(two) == [*range(24, 37), *range(74, 87)]
    assert trace.energy[:, -1] == pytest.approx([-0.02, -3.27, -3.27, -6.53], abs=0.005)
    first = trace.x[:, 0] > 0
    assert first.sum(axis=1).tolist() == [1, 3, 17, 12]
    left = 34 - small[34] / (small[34] - small[33])
    right = 46 + small[46] / (small[46] - small[47])
    assert right - left == pytest.approx(12.6, abs=0.05)


def test_amaris_theory_has_two_widths():
    """A bump of width a rests where the integral of the kernel from 0 to a is the threshold."""
    a = np.linspace(0, 40, 40001)
    near = 2 * math.sqrt(8 * math.pi) * erf(a / math.sqrt(32))
    far = math.sqrt(32 * math.pi) * erf(a / math.sqrt(128))
    above = 0.25 * (near - far) > 0.3
    widths = a[np.flatnonzero(np.diff(above))]
    assert widths == pytest.approx([1.2, 12.4], abs=0.05)
    kernel = 2 * np.exp(-(widths**2) / 32) - np.exp(-(widths**2) / 128)
    assert kernel[0] > 0 > kernel[1]  # only where it is negative is the bump stable


# --- winner_take_all ---------------------------------------------------------------------------


def test_the_strongest_input_wins_and_the_others_fall_silent_in_order(run):
    network, trace = hamsim.compile(load("winner_take_all")), run("winner_take_all")
    assert network.input.max() / network.input.min() == pytest.approx(1.044, abs=0.0005)
    g = np.maximum(trace.x, 0)
    assert trace.outcome == "converged"
    assert np.flatnonzero(g[-1]).tolist() == [7]
    assert g[-1, 7] == pytest.approx(1.04375, abs=1e-5)
    last = [trace.t[g[:, k] > 0][-1] for k in range(7)]
    assert last == sorted(last)
    assert last[-1] == pytest.approx(170, abs=5)
    assert np.all(np.diff(g[:2], axis=0) > 0)  # all rise at first


def test_a_head_start_beats_a_stronger_input():
    spec = load("winner_take_all", groups__choices__initial=[0.5, 0, 0, 0, 0, 0, 0, 0])
    g = np.maximum(hamsim.simulate(spec, record=None).final, 0)
    assert g == pytest.approx([1, 0, 0, 0, 0, 0, 0, 0], abs=1e-5)


def test_with_weak_inhibition_nobody_loses():
    spec = load("winner_take_all", connections__0__weights=-0.8)
    trace = hamsim.simulate(spec, record=None)
    assert trace.outcome == "converged"
    assert np.all(trace.final > 0.04)


# --- sparse_coding_lca -------------------------------------------------------------------------


def test_local_competition_finds_the_true_elements(run):
    trace, truth = run("sparse_coding_lca"), data("sparse_coding_lca")
    assert trace.outcome == "converged"
    g = np.sign(trace.x) * np.maximum(np.abs(trace.x) - 0.1, 0)
    a, coefficients = g[:, -1], truth["coefficients"]
    assert a.shape == (8, 128)
    assert (coefficients != 0).sum(axis=1).tolist() == [5] * 8
    size = np.abs(coefficients[coefficients != 0])
    assert 0.5 <= size.min() < size.max() <= 1.5
    assert np.array_equal(np.sign(a), np.sign(coefficients))  # the same five, with the same signs
    shrunk = np.abs(coefficients) - np.abs(a)
    assert shrunk.min() >= 0
    assert shrunk.max() == pytest.approx(0.17, abs=0.005)
    assert (g != 0).sum(axis=2).max() == 52
    # Optimal for both penalties: what remains of the signal fits no element by more than 0.1.
    remains = (truth["signals"] - a @ truth["phi"].T) @ truth["phi"] - 0.001 * a
    assert np.abs(remains).max() < 0.1 + 1e-5


def test_the_energy_is_that_of_the_sparse_coding_problem(run):
    trace, truth = run("sparse_coding_lca"), data("sparse_coding_lca")
    a = np.sign(trace.x) * np.maximum(np.abs(trace.x) - 0.1, 0)
    signals = truth["signals"][:, None]
    cost = 0.5 * ((signals - a @ truth["phi"].T) ** 2).sum(-1) + 0.1 * np.abs(a).sum(-1)
    cost += 0.0005 * (a**2).sum(-1)
    np.testing.assert_allclose(trace.energy, cost - 0.5 * (signals**2).sum(-1), atol=1e-12)
    assert trace.energy[:, -1].mean() == pytest.approx(-2.05827, abs=1e-5)


def test_the_elements_have_length_one_and_give_the_weights():
    truth = data("sparse_coding_lca")
    phi = truth["phi"]
    assert phi.shape == (64, 128)
    assert np.array_equal(np.eye(128) - phi.T @ phi, truth["inhibition"])
    assert np.all(np.abs(phi) == 0.125)
    assert not np.diagonal(truth["inhibition"]).any()
    np.testing.assert_allclose(truth["drive"], truth["signals"] @ phi, atol=1e-12)


# --- oculomotor_integrator ---------------------------------------------------------------------

XI = np.array([0.7, 0.5, 0.4, 0.3, 0.1])


def turned(eye, drive, duration):
    """Position after a time with an input to all neurons: 100 e' = -0.005 e + 2 drive."""
    rest = 2 * drive / 0.005
    return rest + (eye - rest) * math.exp(-0.005 * duration / 100)


def test_the_eye_stays_where_commands_have_turned_it(run):
    trace = run("oculomotor_integrator")
    eye = trace.x @ XI
    expected = 0.0
    for start, drive, degrees in ((500, 10, 10), (1500, 10, 19.5), (2500, -25, -6.4)):
        expected = turned(expected, drive, 50)
        assert expected == pytest.approx(degrees, abs=0.05)
        held = (trace.t > start + 50 - 1e-6) & (trace.t < min(start + 1000, 4001) - 1e-6)
        drift = [turned(expected, 0, time - start - 50) for time in trace.t[held]]
        np.testing.assert_allclose(eye[held], drift, atol=1e-9)
        expected = turned(expected, 0, 950)
    end = np.flatnonzero(trace.t < 1500 - 1e-6)[-1]
    np.testing.assert_allclose(trace.x[end], XI * eye[end], atol=0.01)
    later = np.searchsorted(trace.t, 1050 - 1e-6)  # half a second after the first command
    across = trace.x - eye[:, None] * XI
    assert np.abs(across[later]).max() < 0.01 * np.abs(across).max()


def test_the_weights_are_xi_times_xi_of_length_one():
    network = hamsim.compile(load("oculomotor_integrator"))
    assert XI @ XI == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(network.W.toarray(), np.outer(XI, XI), atol=1e-15)


def test_a_badly_tuned_integrator_drifts_back_in_two_seconds():
    trace = hamsim.simulate(load("oculomotor_integrator", parameters__gain=0.95), threads=1)
    first, last = (np.searchsorted(trace.t, time - 1e-6) for time in (560, 1490))
    eye = trace.x @ XI
    span = trace.t[last] - trace.t[first]
    assert span / math.log(eye[first] / eye[last]) == pytest.approx(2000, rel=1e-6)


# --- grid_cells --------------------------------------------------------------------------------


def assert_hexagonal(trace):
    g = np.maximum(trace.of("sheet")[-1], 0)
    power = np.abs(np.fft.fft2(g - g.mean())) ** 2
    power /= power.sum()
    order = np.argsort(power, axis=None)[::-1]
    heights = power.ravel()[order]
    assert heights[:6] == pytest.approx(heights[:6].mean(), rel=0.02)
    assert heights[:6].sum() == pytest.approx(0.97, abs=0.01)
    assert heights[6] < 0.03 * heights[5]
    n = g.shape[0]
    waves = np.fft.fftfreq(n, 1 / n)[np.array(np.unravel_index(order[:6], g.shape))]
    angles = np.sort(np.degrees(np.arctan2(*waves)) % 360)
    gaps = np.diff([*angles, angles[0] + 360])
    assert np.abs(gaps - 60).max() < 2
    wavelengths = np.sort(70 / np.hypot(*waves))
    assert wavelengths == pytest.approx([16.5, 16.5, 17, 17, 17, 17], abs=0.05)
    bumps = (g == maximum_filter(g, 3, mode="wrap")) & (g > g.max() / 2)
    assert bumps.sum() == 15
    return angles


def test_grid_cells_form_a_hexagonal_lattice(run):
    trace = run("grid_cells")
    assert trace.outcome == "converged"
    assert trace.energy[0] == pytest.approx(-60, abs=1)
    assert trace.energy[-1] == pytest.approx(-86.45, abs=0.005)
    assert_hexagonal(trace)


def test_another_seed_gives_the_mirrored_lattice(run):
    trace = hamsim.simulate(load("grid_cells", seed=2), threads=1)
    assert trace.energy[-1] == pytest.approx(-86.45, abs=0.005)
    angles = assert_hexagonal(trace)
    assert np.abs(angles - assert_hexagonal(run("grid_cells"))).max() > 20


def test_grid_cells_inhibit_most_at_a_distance_of_7():
    d = np.linspace(0, 35, 35001)
    beta = 3 / 13**2
    weight = np.exp(-1.05 * beta * d**2) - np.exp(-beta * d**2)
    assert weight.max() == 0
    assert d[weight.argmin()] == pytest.approx(7.4, abs=0.05)


# --- divisive_normalisation --------------------------------------------------------------------


def test_normalised_responses_saturate_and_a_mask_suppresses_them(run):
    trace, given = run("divisive_normalisation"), data("divisive_normalisation")
    assert trace.outcome == "converged"
    R = hamsim.activation(load("divisive_normalisation"), trace.x[:, -1])
    assert given["contrast"].tolist() == [0.02, 0.05, 0.1, 0.2, 0.4, 0.8] * 2
    assert given["mask_contrast"].tolist() == [0.0] * 6 + [0.2] * 6
    percent = 100 * R[:, 3] / given["tuning"][3]
    assert percent[:6] == pytest.approx([1, 6, 20, 50, 80, 94], abs=0.5)
    assert percent[3] == pytest.approx(50, abs=0.01)  # contrast 0.2 = s
    assert percent[6:] == pytest.approx([1, 3, 11, 33, 67, 89], abs=0.5)
    assert np.all(percent[6:] < percent[:6])
    assert given["tuning"][9] < 0.003 * given["tuning"][3]  # next to nothing of the mask
    shapes = R[:6] / R[:6].max(axis=1, keepdims=True)
    np.testing.assert_allclose(shapes, np.tile(shapes[0], (6, 1)), rtol=1e-4)


def test_the_formula_gives_heegers_normalisation():
    x = np.random.default_rng(1).uniform(0.01, 2, (5, 12))
    R = hamsim.activation(load("divisive_normalisation"), np.log(x))
    np.testing.assert_allclose(R, x**2 / (0.2**2 + (x**2).sum(1, keepdims=True)), rtol=1e-12)


# --- wilson_cowan ------------------------------------------------------------------------------

COUPLING = np.array([[16.0, -12.0], [15.0, -3.0]])
SLOPE, THRESHOLD = np.array([1.3, 2.0]), np.array([4.0, 3.7])
AT_REST = 1 / (1 + np.exp(SLOPE * THRESHOLD))


def sigmoid(drive):
    return 1 / (1 + np.exp(-SLOPE * (drive - THRESHOLD))) - AT_REST


def frequency(t, values):
    """Cycles a second, from upward crossings of the middle, t in ms."""
    above = values - (values.max() + values.min()) / 2
    k = np.flatnonzero((above[:-1] < 0) & (above[1:] >= 0))
    crossings = t[k] - above[k] * (t[k + 1] - t[k]) / (above[k + 1] - above[k])
    assert crossings.size > 2
    return 1000 / np.diff(crossings).mean()


def paper(t, refractory):
    """Activities of the paper's equation, tau a' = (k - r a) S(W a + P) - a, by Heun's method."""

    def slope(a):
        return ((1 - AT_REST - a if refractory else 1) * sigmoid(COUPLING @ a + [1.25, 0]) - a) / 8

    a, found = np.zeros(2), []
    for step in np.diff(t, prepend=0.0):
        first = slope(a)
        a = a + step * (first + slope(a + step * first)) / 2
        found.append(a)
    return np.array(found)


def test_wilson_cowan_oscillates_at_25_4_hz(run):
    trace = run("wilson_cowan")
    assert trace.outcome == "cycle"
    g = trace.of("populations", "g")[trace.t > 100]
    t = trace.t[trace.t > 100]
    assert frequency(t, g[:, 0]) == pytest.approx(25.4, abs=0.05)
    assert g[:, 0].min() == pytest.approx(0.01, abs=0.005)
    assert g[:, 0].max() == pytest.approx(0.85, abs=0.005)
    cycle = (t > 160) & (t < 199)
    peaks = t[cycle][g[cycle].argmax(axis=0)]
    assert 2.5 <= peaks[1] - peaks[0] <= 4
    heights = [g[(t > at) & (t < at + 40), 0].max() for at in (105, 168, 231)]
    assert heights == pytest.approx([heights[0]] * 3, rel=0.01)  # neither grows nor dies


@pytest.mark.parametrize(("P", "hertz"), [(1.25, 15.9), (1.0, None)])
def test_input_moves_the_rhythm(P, hertz):
    trace = hamsim.simulate(load("wilson_cowan", parameters__P=P), t_end=800)
    late = trace.t > 300
    g = trace.of("populations", "g")[late, 0]
    if hertz is None:
        assert np.ptp(g) < 1e-5
    else:
        assert frequency(trace.t[late], g) == pytest.approx(hertz, abs=0.05)


def test_the_states_are_what_the_papers_activities_receive(run):
    network = hamsim.compile(load("wilson_cowan", parameters__P=1.25))
    t = np.arange(0, 150.05, 0.1)
    a = paper(t, refractory=False)
    received = a @ COUPLING.T + [1.25, 0] - THRESHOLD
    start = received[0]
    trace = hamsim.simulate(network, start, t_end=150, record=hamsim.Record(0.1, what="x"))
    assert np.abs(trace.x - received).max() < 0.02 * np.ptp(received)


def test_with_refractory_factors_the_paper_oscillates_at_25_hz():
    t = np.arange(0, 500, 0.1)
    E = paper(t, refractory=True)[:, 0]
    assert frequency(t[t > 200], E[t > 200]) == pytest.approx(25.0, abs=0.1)


# --- potjans_diesmann --------------------------------------------------------------------------

# Potjans and Diesmann 2014, table 5; rows receive.
PROBABILITY = np.array(
    [
        [0.101, 0.169, 0.044, 0.082, 0.032, 0.0, 0.008, 0.0],
        [0.135, 0.137, 0.032, 0.052, 0.075, 0.0, 0.004, 0.0],
        [0.008, 0.006, 0.050, 0.135, 0.007, 0.0003, 0.045, 0.0],
        [0.069, 0.003, 0.079, 0.160, 0.003, 0.0, 0.106, 0.0],
        [0.100, 0.062, 0.051, 0.006, 0.083, 0.373, 0.020, 0.0],
        [0.055, 0.027, 0.026, 0.002, 0.060, 0.316, 0.009, 0.0],
        [0.016, 0.007, 0.021, 0.017, 0.057, 0.020, 0.040, 0.225],
        [0.036, 0.001, 0.003, 0.001, 0.028, 0.008, 0.066, 0.144],
    ]
)
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])


def test_the_microcircuit_has_the_papers_synapses():
    network = hamsim.compile(load("potjans_diesmann"))
    pairs = np.outer(SIZES, SIZES)
    K = np.round(np.log(1 - PROBABILITY) / np.log(1 - 1 / pairs) / SIZES[:, None])
    strength = np.tile([1.0, -4.0], (8, 4))
    strength[0, 2] = 2.0
    millivolt = 87.8 * 0.5 / 250 * 0.010
    np.testing.assert_allclose(network.W.toarray(), K * strength * millivolt, rtol=1e-12)
    np.testing.assert_allclose(network.input, EXTERNAL * 8 * millivolt, rtol=1e-12)


def test_the_microcircuit_settles_near_the_rates_of_spiking_neurons(run):
    trace = run("potjans_diesmann")
    assert trace.outcome == "converged"
    g = trace.of("populations", "g")
    rates = g[-1]
    assert rates == pytest.approx([1.06, 3.04, 4.94, 5.88, 5.12, 8.49, 0.83, 7.70], abs=0.005)
    assert np.abs(g[trace.t >= 0.1] / rates - 1).max() < 0.001
    spiking = np.array([0.90, 2.97, 4.41, 5.88, 7.57, 8.63, 1.11, 7.83])
    assert np.abs(rates / spiking - 1).max() < 1 / 3
    assert np.all(rates[1::2] > rates[::2])  # inhibitory cells fire more in each layer
    assert set(np.argsort(rates)[:2]) == {0, 6} == set(np.argsort(spiking)[:2])
    assert np.argmin(rates / spiking) == 4  # L5E
    inhibited = hamsim.simulate(load("potjans_diesmann", parameters__g=5), threads=1)
    stronger = inhibited.of("populations", "g")[-1]
    assert np.all(stronger < rates)
    assert stronger[4] == pytest.approx(rates[4] * 2 / 3, rel=0.02)


# --- moving_ring -------------------------------------------------------------------------------


def speed(trace):
    """Degrees a second at which the population vector turns, and its largest fault in degrees."""
    late = trace.t >= 1000
    g = np.maximum(trace.x[late], 0)
    angle = np.unwrap(direction(g), period=360)
    fit = np.polynomial.Polynomial.fit(trace.t[late], angle, 1)
    return fit.deriv()(0) * 1000, np.abs(fit(trace.t[late]) - angle).max()


def test_the_bump_travels_at_360_degrees_a_second(run):
    trace = run("moving_ring")
    turning, fault = speed(trace)
    assert turning == pytest.approx(360, abs=0.1)
    assert fault < 0.1
    g = np.maximum(trace.x[trace.t >= 1000], 0)
    assert set((g > 0).sum(axis=1)) <= {38, 39}
    assert np.ptp(g.max(axis=1)) < 0.001 * g.max()
    assert trace.stats.residual > 0.1  # it never comes to rest


@pytest.mark.parametrize("turns", [-2, 0])
def test_the_speed_is_a_parameter(turns):
    spec = load("moving_ring", parameters__turns=turns)
    assert hamsim.compile(spec).symmetric == (turns == 0)
    turning, _ = speed(hamsim.simulate(spec))
    assert turning == pytest.approx(360 * turns, abs=0.5)


# --- delayed_inhibition ------------------------------------------------------------------------


def test_late_inhibition_oscillates_together_at_23_3_hz(run):
    trace = run("delayed_inhibition")
    late = trace.t > 300
    x = trace.x[late]
    assert np.abs(x - x[:, :1]).max() < 0.002
    assert x.max() == pytest.approx(1.77, abs=0.01)
    rising = np.flatnonzero((x[:-1, 0] < 0) & (x[1:, 0] >= 0))
    period = np.diff(trace.t[late][rising]).mean()
    assert 1000 / period == pytest.approx(23.3, abs=0.2)
    assert trace.stats.energy.rose


@pytest.mark.parametrize(("delay", "size"), [(7.0, 0.0), (9.0, 1.5)])
def test_late_inhibition_rests_below_a_delay_of_7_8_ms(delay, size):
    trace = hamsim.simulate(load("delayed_inhibition", parameters__delay=delay), t_end=1500)
    assert np.ptp(trace.x[trace.t > 1400], axis=0) == pytest.approx(size, abs=0.01)
    frequency = np.sqrt(2.7**2 - 1)
    assert 10 * (np.pi - np.arctan(frequency)) / frequency == pytest.approx(7.78, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "status"),
    [({}, "undecided"), ({"delay": 0}, "proved"), ({"beta": 0.33}, "proved")],
)
def test_what_is_proved_of_late_inhibition(changed, status):
    described = load("delayed_inhibition", **{f"parameters__{k}": v for k, v in changed.items()})
    assert hamsim.check(described).converges == status

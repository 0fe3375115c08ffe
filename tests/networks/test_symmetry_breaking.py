"""The example with a sweep shows what its file says."""

import numpy as np
from scipy.optimize import brentq

import hamsim
from hamsim.cli.examples import zoo


def test_equal_neurons_choose_between_two_states_beyond_a_gain_of_one():
    runs = hamsim.sweep(zoo() / "symmetry_breaking.yaml", engine="serial")
    assert dict(runs.sizes) == {"parameters.w": 5, "seed": 6}
    assert (runs.outcome == "converged").all()
    size = runs["abs(mean(cells.x))"]
    assert float(size.sel({"parameters.w": [0.5, 0.75]}).max()) < 1e-6
    for w, said in ((1.25, 0.8880), (1.5, 1.2878), (2.0, 1.9150)):
        theory = brentq(lambda x, w=w: x - w * np.tanh(x), 0.1, 5.0)
        np.testing.assert_allclose(size.sel({"parameters.w": w}), theory, atol=1e-6)
        assert round(theory, 4) == said
        signs = np.sign(runs["mean(cells.x)"].sel({"parameters.w": w}))
        assert set(signs.values) == {-1, 1}
        assert float(runs.energy.sel({"parameters.w": w}).max()) < 0

"""Networks with learned weights as a description with arrays beside it."""

import numpy as np
import pytest

import hamsim
from hamsim.formats.trained import checkpoint_of, trained_files, write_trained


def image(found, **conv2d):
    """An image of [6, 7, 2] and features of it, which are inhibited by each other."""
    return {
        "format": "hamsim/1",
        "description": "Sees.",
        "groups": {
            "image": {"shape": [6, 7, 2], "lagrangian": "identity"},
            "found": {"shape": found, "lagrangian": {"kind": "softmax", "beta": 2, "over": "last"}},
            "seen": {"size": 3, "lagrangian": "tanh"},
        },
        "connections": [
            {
                "name": "eye",
                "between": ["found", "image"],
                "weights": {"conv2d": {"kernel": {"normal": {}}, "window": 3, **conv2d}},
                "scale": 0.5,
            },
            {"between": ["seen", "found"], "weights": {"normal": {}}, "density": 0.1},
            {"gate": "seen", "between": ["image", "found"], "weights": 0.1, "density": 0.01},
        ],
        "training": {
            "inputs": {"group": "image", "value": [np.ones((6, 7, 2)).tolist()]},
            "targets": {"group": "seen", "value": [[0, 1, 0]]},
        },
    }


@pytest.mark.parametrize(
    ("found", "conv2d"),
    [
        ([4, 5, 3], {}),
        ([2, 3, 3], {"stride": 2}),
        ([6, 7, 3], {"padding": "same"}),
        ([3, 4, 3], {"padding": "same", "stride": 2}),
        ([6, 7, 2], {"padding": "same", "stride": 1}),
        ([6, 7, 3], {"window": 1}),
    ],
)
def test_it_loads_to_the_same_bits_and_a_kernel_stays_one(tmp_path, found, conv2d):
    one = hamsim.compile(image(found, **conv2d))
    kernel = np.random.default_rng(0).normal(size=one.connections[0].convolution.kernel.shape)
    one = one.with_weights({"eye": kernel})
    files = write_trained(one, tmp_path / "x.yaml", "Learned.")
    assert files == trained_files(tmp_path / "x.yaml")
    assert [path.name for path in files] == ["x.yaml", "x-data.npz"]
    again = hamsim.compile(files[0])
    for name in ("data", "indices", "indptr"):
        assert getattr(again.W, name).tobytes() == getattr(one.W, name).tobytes()
    assert again.triples.weights.tobytes() == one.triples.weights.tobytes()
    own = again.connections[0].convolution
    assert own.kernel.tobytes() == kernel.tobytes()
    assert own.W is again.W
    assert (own.window, own.stride, own.before) == (
        one.connections[0].convolution.window,
        one.connections[0].convolution.stride,
        one.connections[0].convolution.before,
    )
    assert again.description == "Sees.\nLearned."
    assert hamsim.load(files[0]).training is None


def test_a_kernel_that_is_none_any_more_is_written_out(tmp_path):
    one = hamsim.compile(image([4, 5, 3]))
    one = one.with_weights({"eye": np.arange(one.block(one.connections[0]).nnz) + 1.0})
    again = hamsim.compile(write_trained(one, tmp_path / "x.yaml")[0])
    assert again.W.data.tobytes() == one.W.data.tobytes()
    assert again.description == "Sees."


def test_a_checkpoint_is_beside_it(tmp_path):
    assert checkpoint_of(tmp_path / "a.b.yaml") == tmp_path / "a.b-checkpoint.npz"

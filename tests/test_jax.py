"""The function of JAX: its derivatives against JAX's own of the same network, and under jit."""

import importlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from learning.test_layer import DESCRIPTION, WAYS, drive
from learning_by_jax import float64

import hamsim
from hamsim.errors import HamsimError
from hamsim.jax import Rest


def rest(**way):
    return Rest(hamsim.compile(DESCRIPTION), **way, residual=1e-13, tol=1e-13, follows=False)


def oracle(parameters, values, way, steps):
    """The outputs after many steps of Euler's method, which JAX differentiates by itself."""
    n, inputs = 6, {"driven": range(6), "held": range(3), "held states": range(3, 6)}
    at = np.array(inputs.get(way, [1, 3, 4, 5]))
    block, edges = parameters["weights"]["a-b"], parameters["weights"]["a-a"]
    lateral = jnp.zeros((3, 3)).at[jnp.array([0, 1]), jnp.array([1, 2])].set(edges)
    W = jnp.block([[lateral + lateral.T, block], [block.T, jnp.zeros((3, 3))]])
    drive = jnp.tile(parameters["input"], (len(values), 1))
    x = jnp.zeros((len(values), n))
    held = np.zeros(n, dtype=bool)
    if way in ("held", "held states"):
        held[at] = True
        x = x.at[:, at].set(values)
    else:
        drive = drive.at[:, at].add(values)
    start = x

    def g(x):
        return jnp.concatenate([jnp.tanh(x[:, :3]), jax.nn.softmax(1.5 * x[:, 3:])], axis=1)

    def step(x, _):
        return jnp.where(held, start, x + 0.7 * (g(x) @ W.T + drive - x)), None

    x, _ = jax.lax.scan(step, x, length=steps)
    found = g(x) if WAYS[way].get("of", "g") == "g" else x
    return {"held": found[:, 3:], "some": found[:, :3]}.get(way, found)


@pytest.mark.parametrize("way", WAYS)
def test_gradients_are_those_of_jax(way):
    function = rest(**WAYS[way])
    size = function._layer.inputs.at.size
    values = np.random.default_rng(0).normal(size=(2, size))
    vector = np.random.default_rng(1).normal(size=(2, function._layer.outputs.at.size))

    def loss(call):
        return lambda p, v: (call(p, v).reshape(2, -1) * vector).sum()

    with float64():

        def settle(p, v):
            return oracle(p, v, way, 300)

        expected = jax.value_and_grad(loss(settle), (0, 1))(function.parameters, values)
        found = jax.value_and_grad(loss(function), (0, 1))(function.parameters, values)
        for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10)


def test_it_may_stand_inside_jit_and_in_single_precision():
    function = rest(inputs="a", outputs="b")
    values = np.linspace(-1, 1, 6).reshape(2, 3)

    def loss(p, v):
        return (function(p, v) ** 2).sum()

    with float64(False):  # whatever other tests have set
        plain = jax.grad(loss)(function.parameters, values)
    with float64():
        compiled = jax.jit(jax.grad(loss))(function.parameters, values)
    assert plain["input"].dtype == jnp.float32
    for ours, theirs in zip(jax.tree.leaves(plain), jax.tree.leaves(compiled), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_it_may_stand_inside_vmap():
    function = rest(inputs="a", outputs="b")
    values = np.linspace(-1, 1, 6).reshape(2, 3)
    with float64():
        alone = jax.vmap(function, (None, 0))(function.parameters, values)
        np.testing.assert_allclose(alone, function(function.parameters, values), rtol=1e-12)


def test_the_network_is_an_ordinary_one():
    function = rest(of="x")
    with float64():
        parameters = jax.tree.map(lambda v: 0.5 * jnp.asarray(v), function.parameters)
        made = function.network(parameters)
        x = np.asarray(function(parameters))
    np.testing.assert_array_equal(made.input, 0.5 * hamsim.compile(DESCRIPTION).input)
    np.testing.assert_allclose(drive(made, x), x, atol=1e-9)
    with pytest.raises(HamsimError, match=r"weights of 'a-b' have shape \(2, 3\), not \(3, 3\)"):
        function({**parameters, "weights": {**parameters["weights"], "a-b": np.ones((2, 3))}})


@pytest.mark.parametrize(("name", "library"), [("torch", "PyTorch"), ("jax", "JAX")])
def test_who_lacks_the_library_is_told_what_to_install(monkeypatch, name, library):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"hamsim.{name}", raising=False)
    with pytest.raises(ImportError, match=rf"needs {library}: pip install 'hamsim\[{name}\]'"):
        importlib.import_module(f"hamsim.{name}")

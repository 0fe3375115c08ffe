"""The module of PyTorch: its derivatives, its parameters, and that it learns."""

import numpy as np
import pytest
from learning.test_layer import DESCRIPTION, WAYS, drive

import hamsim
from hamsim.errors import HamsimError

torch = pytest.importorskip("torch")
from hamsim.torch import Rest  # noqa: E402


def rest(**way):
    return Rest(hamsim.compile(DESCRIPTION), **way, follows=False)


@pytest.mark.parametrize("way", WAYS)
def test_gradcheck(way):
    module = rest(**WAYS[way], residual=1e-13)
    names = [name for name, _ in module.named_parameters()]

    def call(values, *parameters):
        given = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(module, given, (values,))

    generator = torch.Generator().manual_seed(0)
    size = module._layer.inputs.at.size
    values = torch.randn(2, size, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(call, (values, *module.parameters()), atol=1e-7)


def test_parameters_are_weights_and_currents():
    module = rest(inputs="a", outputs="b", learn=["a-b"], learn_input=False)
    shapes = {name: tuple(p.shape) for name, p in module.named_parameters()}
    assert shapes == {"weights.a-b": (3, 3), "weights.a-a": (2,), "input": (6,)}
    learned = [name for name, p in module.named_parameters() if p.requires_grad]
    assert learned == ["weights.a-b"]
    with pytest.raises(HamsimError, match="learn: no connection 'a-c'"):
        rest(learn=["a-c"])
    other = rest(inputs="a", outputs="b")
    with torch.no_grad():
        other.weights["a-b"] *= 2
    module.load_state_dict(other.state_dict())
    np.testing.assert_array_equal(module.network.W.toarray(), other.network.W.toarray())
    assert "clamp (1, 3), g (3,)" in repr(module)


def test_shapes_and_types_are_those_of_the_values():
    module = rest(inputs="a", outputs="a")
    values = torch.linspace(-1, 1, 30).reshape(2, 5, 1, 3)
    found = module(values)
    assert found.shape == values.shape
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.detach(), torch.tanh(values))
    flat = module(values.reshape(10, 3))
    np.testing.assert_array_equal(flat.detach().reshape(values.shape), found.detach())
    assert rest()().shape == (6,)
    whole = module(torch.tensor([1, 0, -1]))
    np.testing.assert_allclose(whole.detach().reshape(3), np.tanh([1.0, 0.0, -1.0]), rtol=1e-6)
    assert whole.dtype == torch.float32
    assert module(np.ones(3)).dtype == torch.float64
    with pytest.raises(HamsimError, match="values have shape"):
        module(torch.zeros(4))


def test_the_network_is_an_ordinary_one():
    module = rest(of="x")
    with torch.no_grad():
        module.input += 0.25
    made = module.network
    np.testing.assert_array_equal(made.input, module.input.detach())
    x = module(torch.zeros(6, dtype=torch.float64)).detach().numpy()
    np.testing.assert_allclose(drive(made, x), x, atol=1e-9)


def test_an_optimizer_of_torch_trains_it():
    module = rest(inputs="a", outputs="b")
    values = torch.eye(3, dtype=torch.float64).mul(2)
    classes = torch.tensor([1, 2, 0])
    optimizer = torch.optim.Adam(module.parameters(), lr=0.1)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = torch.nn.functional.nll_loss(torch.log(module(values)), classes)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.1 < losses[0]
    assert module(values).argmax(dim=1).tolist() == [1, 2, 0]

"""What stands where a number, a name or an array is meant is refused in one line that says so."""

import datetime

import numpy as np
import pytest
import scipy.sparse

import hamsim

SPEC = {
    "format": "hamsim/1",
    "groups": {
        "a": {"neurons": ["A", "B"], "lagrangian": "tanh"},
        "b": {"size": 2, "lagrangian": "relu"},
    },
}


class Broken:
    """Every word of it is an error."""

    def __repr__(self):
        raise ValueError

    __str__ = __repr__


def deep():
    value = []
    for _ in range(5000):
        value = [value]
    return value


ODD = {
    "array": lambda: np.ones((2, 2)),
    "empty array": lambda: np.ones((0, 3)),
    "array of one text": lambda: np.array("a"),
    "sparse": lambda: scipy.sparse.csr_array(np.eye(3)),
    "slice": lambda: slice(1, 2),
    "time": lambda: datetime.timedelta(1),
    "numpy time": lambda: np.timedelta64(1, "s"),
    "dict": lambda: {1: 2},
    "set": lambda: {1, 2},
    "object": object,
    "broken": Broken,
    "deep": deep,
    "expression": lambda: "9**9**9",
    "half of a character": lambda: "\ud800",
    "complex": lambda: 1 + 2j,
    "imaginary": lambda: np.complex128(1j),
    "sparse mapping": lambda: scipy.sparse.dok_array(np.eye(2)),
    "sparse coordinates": lambda: scipy.sparse.coo_array(np.eye(2)),
    "type of NumPy's past": lambda: "a",
    "complex array": lambda: np.full(4, 1j),
    "not a number": lambda: float("nan"),
    "many digits": lambda: 10**5000,
}


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"simulation": {"energy": 10**5000}}, "simulation.energy: a whole number of thousands"),
        ({"groups": {"a": scipy.sparse.dok_array((2, 2))}}, "groups.a: "),
    ],
)
def test_of_descriptions(part, place):
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load({**SPEC, **part})
    assert str(caught.value).startswith(place)


def test_velocities_that_overflow_are_infinite():
    fast = {"a": {"size": 1, "lagrangian": "identity", "tau": 1e-300, "input": 1e300}}
    assert hamsim.velocity({**SPEC, "groups": fast}, [0.0]).tolist() == [np.inf]


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(SPEC)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "keyword",
    "initial method dt t_end steps until record threads energy layout dtype trials".split(),
)
def test_of_simulate(network, keyword, odd):
    allowed_or_refused(lambda: hamsim.simulate(network, **{"t_end": 0.1, keyword: ODD[odd]()}))


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("keyword", "every what groups neurons start".split())
def test_of_record(network, keyword, odd):
    def run():
        hamsim.simulate(network, t_end=0.1, record=hamsim.Record(**{keyword: ODD[odd]()}))

    allowed_or_refused(run)


@pytest.mark.parametrize("odd", ODD)
def test_of_what_is_read(network, odd, tmp_path):
    trace = hamsim.simulate(network, t_end=0.1)
    trace.save(tmp_path / "t.nc")
    for call in (
        lambda value: trace.of(value),
        lambda value: hamsim.load_trace(value),
        lambda value: hamsim.load_trace(tmp_path / "t.nc", every=value),
        lambda value: hamsim.load(SPEC, value if isinstance(value, dict) else [value]),
        lambda value: hamsim.dump(value),
        lambda value: hamsim.velocity(network, value),
        lambda value: hamsim.from_networkx(network.to_networkx(), weight=[value]),
        lambda value: hamsim.check(network, confidence=value),
    ):
        allowed_or_refused(lambda call=call: call(ODD[odd]()))


def allowed_or_refused(call):
    try:
        call()
    except hamsim.HamsimError as error:
        text = str(error)
    else:  # some of them may be meant, as a set of numbers for neurons
        return
    assert "\n" not in text
    assert text.isprintable()
    assert len(text) <= 1000

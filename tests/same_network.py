"""Networks that are compared bit for bit, and some that are hard to write down without loss."""


def bits(array):
    return array.dtype, array.shape, array.tobytes()


def matrix_bits(matrix):
    return [bits(getattr(matrix, part)) for part in ("data", "indices", "indptr")]


def assert_same_network(one, two):
    """Everything that a network holds is the same, but for the text that it came from."""
    assert (one.name, one.description, one.settings) == (two.name, two.description, two.settings)
    assert one.symmetric == two.symmetric
    for key in ("tau", "input", "initial"):
        assert bits(getattr(one, key)) == bits(getattr(two, key)), key
    assert (one.noise is None) == (two.noise is None)
    if one.noise is not None:
        assert list(map(bits, one.noise)) == list(map(bits, two.noise))
    assert matrix_bits(one.W) == matrix_bits(two.W)
    for kind, same in (("groups", same_group), ("connections", same_connection)):
        assert len(getattr(one, kind)) == len(getattr(two, kind))
        for a, b in zip(getattr(one, kind), getattr(two, kind), strict=True):
            same(a, b)
    for a, b in zip(one.connections, two.connections, strict=True):
        if not a.gate:
            assert matrix_bits(one.block(a)) == matrix_bits(two.block(b)), a.name
    assert len(one.stimuli) == len(two.stimuli)
    for a, b in zip(one.stimuli, two.stimuli, strict=True):
        assert (a.mode, a.start, a.stop) == (b.mode, b.start, b.stop)
        assert bits(a.neurons) == bits(b.neurons)
        assert bits(a.value) == bits(b.value)


def same_group(a, b):
    assert (a.name, a.start, a.stop, a.shape) == (b.name, b.start, b.stop, b.shape)
    assert (a.family, a.over, a.neuron_names) == (b.family, b.over, b.neuron_names)
    assert list(a.parameters) == list(b.parameters)
    for name, values in a.parameters.items():
        assert bits(values) == bits(b.parameters[name]), name


def same_connection(a, b):
    assert (a.name, a.kind, a.rows, a.columns) == (b.name, b.kind, b.rows, b.columns)
    assert a.gate == b.gate
    assert (a.block is None, a.triples is None) == (b.block is None, b.triples is None)
    if a.block is not None:
        assert matrix_bits(a.block) == matrix_bits(b.block)
    if a.triples is not None:
        assert [bits(x) for x in a.triples] == [bits(x) for x in b.triples]


def network(groups, connections=(), **more):
    return {
        "format": "hamsim/1",
        "groups": {
            name: {"lagrangian": "tanh", **(group if isinstance(group, dict) else {"size": group})}
            for name, group in groups.items()
        },
        "connections": list(connections),
        **more,
    }


NORMAL = {"normal": {}}
SIGNS = {"signs": {}, "count": 4}
HANDWRITTEN = {
    "least": network({"a": 1}),
    "texts": network(
        {"a": 2},
        name="- odd: [name] #1",
        description="two\nlines:\n  of text\n\ngroups: none\n",
        references=["one", "two: 2"],
        seed=7,
    ),
    "noise": network(
        {
            "a": {"size": 3, "noise": {"sigma": 0.1}},
            "b": {"shape": [2, 2], "noise": {"sigma": [[1, 0], [0.5, 2]], "tau": [0, 1, 2, 0]}},
            "c": {"neurons": ["x", {"id": "y", "noise": {"sigma": 0.3}}], "noise": {"sigma": 0.0}},
            "d": 2,
        },
        [{"between": ["a", "b"], "weights": NORMAL}],
        seed=3,
    ),
    "trials": network(
        {
            "a": {"shape": [2, 2], "initial": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]},
            "b": {"size": 3, "initial": -0.0},
            "c": {"size": 2, "initial": NORMAL},
        },
        [{"between": ["a", "b"], "weights": NORMAL}],
    ),
    "one trial": network({"a": {"shape": [1, 4], "initial": [[[1.0, 2.0, 3.0, 4.0]]]}}),
    "trials that are alike": network({"a": {"size": 2, "initial": [[1.0, 2.0], [1.0, 2.0]]}}),
    "trials of nothing random": network({"a": 2}, simulation={"trials": 3}),
    "stimuli": network(
        {"a": {"shape": [2, 3]}, "b": 2},
        stimuli=[
            {"group": "a", "mode": "clamp", "value": 0.5, "start": 1, "stop": 2},
            {"group": "a", "value": NORMAL, "mask": [[1, 0, 1], [0, 0, 1]]},
            {"group": "a", "value": 3.0, "mask": 0.0},
            {"group": "b", "value": [[1.0, 2.0], [3.0, 4.0]], "mask": [0, 1]},
            {"group": "b", "mode": "clamp", "value": [-0.0, 0.0]},
        ],
    ),
    "stimuli of trials": network(
        {"a": 2},
        stimuli=[{"group": "a", "value": NORMAL}, {"group": "a", "value": NORMAL, "mask": 0.0}],
        simulation={"trials": 2},
    ),
    "named": network(
        {
            "motor": {"neurons": ["AVAL", {"id": "AVAR", "tau": 0.3}, "a.b", "x[1]", "é ü"]},
            "image": {"neurons": ["p", "q"], "shape": [1, 2]},
        },
        [{"between": ["motor", "image"], "weights": NORMAL}],
    ),
    "overlapping": network(
        {"a": 3, "b": 2, "c": 2},
        [
            {"name": "one", "between": [["a", "b"], "c"], "weights": NORMAL},
            {"name": "two", "between": ["a", "c"], "weights": NORMAL, "density": 0.5},
            {"name": "three", "within": "all", "weights": NORMAL, "self_connections": True},
            {"name": "four", "within": ["b", "a"], "weights": 0.1},
        ],
    ),
    "overlapping one-way": network(
        {"a": 3, "b": 3},
        [
            {"between": ["a", "b"], "weights": NORMAL},
            {"from": "a", "to": "b", "weights": NORMAL},
            {"from": ["a", "b"], "to": "a", "weights": NORMAL, "self_connections": True},
            {"from": "b", "to": "b", "weights": NORMAL, "density": 0.4},
        ],
    ),
    "cancelled": network(
        {"a": 3, "b": 2},
        [
            {"between": ["a", "b"], "weights": 0.5},
            {"between": ["a", "b"], "weights": [[-0.5, 1.0], [2.0, -0.5], [0.0, 3.0]]},
            {"within": "a", "weights": 1.0},
            {"from": "a", "to": "a", "weights": [[0.0, -1.0, 0.0], [0.0] * 3, [0.0] * 3]},
        ],
    ),
    "symmetric by one-way connections": network(
        {"a": 2, "b": 2},
        [
            {"from": "a", "to": "b", "weights": [[1.0, 2.0], [3.0, 4.0]]},
            {"from": "b", "to": "a", "weights": [[1.0, 3.0], [2.0, 4.0]]},
            {"from": "a", "to": "a", "weights": [[0.0, 5.0], [5.0, 0.0]]},
            {"within": "b", "weights": 1.0},
        ],
    ),
    "symmetric by one-way connections that meet another": network(
        {"a": 1, "b": 1},
        [
            {"from": "a", "to": "b", "weights": 1.0},
            {"between": ["a", "b"], "weights": 0.1},
            {"from": "b", "to": "a", "weights": 1.0},
        ],
    ),
    "without synapses": network(
        {"a": 2, "b": 2},
        [{"between": ["a", "b"], "weights": 0.0}, {"name": "", "within": "a", "weights": 1.0}],
    ),
    "without a name, overlapping": network(
        {"a": 2},
        [
            {"name": "first", "within": "a", "weights": 0.0},
            {"name": "", "within": "a", "weights": 1.0},
        ],
    ),
    "over": network(
        {
            "a": {"shape": [2, 3, 2], "lagrangian": {"kind": "softmax", "beta": 2, "over": "last"}},
            "b": {"shape": [2, 3, 2], "lagrangian": {"kind": "softmax", "over": [0, 2]}},
            "c": {"size": 3, "lagrangian": {"kind": "layer_norm", "delta": [0.1, 0.2, 0.3]}},
        }
    ),
    "formulas": network(
        {
            "a": {
                "size": 3,
                "lagrangian": {"expression": "log(cosh(b*x))/b", "b": {"uniform": {"low": 1}}},
            },
            "b": {
                "shape": [2, 2],
                "lagrangian": {"expression": "log(sum(exp(c*x)))/c", "over": [1]},
            },
            "c": {"size": 2, "lagrangian": {"expression": "x*log(x) - x", "domain": [0.1, 5]}},
        },
        parameters={"c": 2.0},
    ),
    "gated": network(
        {"a": 3, "b": 2, "c": {"neurons": ["p", "q"]}},
        [
            {"gate": "c", "between": ["a", "b"], "weights": NORMAL, "density": 0.5},
            {"gate": ["b", "c"], "between": ["a", ["a", "c"]], "weights": NORMAL},
            {"between": ["a", "b"], "weights": 1.0},
        ],
    ),
    "scaled and signed": network(
        {
            "a": {"neurons": [{"id": "A", "type": "exc"}, {"id": "B", "type": "inh", "tau": 2}]},
            "b": 3,
        },
        [
            {
                "from": "a",
                "to": "b",
                "weights": NORMAL,
                "scale": 1 / 3,
                "sign": {"column": "type", "exc": 1, "inh": -4},
            },
            {"name": "syn", "between": ["a", "b"], "weights": NORMAL, "scale": -0.1},
            {"gate": "b", "between": ["a", "a"], "weights": NORMAL, "scale": 0.7},
        ],
    ),
    "patterns and cues": network(
        {
            "a": {"size": 9, "initial": {"corrupt": {"of": {"patterns": "all"}, "flips": 0.3}}},
            "b": {"size": 4, "lagrangian": "softmax", "input": {"corrupt": {"of": 1, "noise": 1}}},
        },
        [
            {"name": "all", "between": ["a", "b"], "weights": {"memories": SIGNS}},
            {"within": "a", "weights": {"store": {"patterns": SIGNS}}, "density": 0.5},
        ],
        stimuli=[{"group": "a", "value": {"patterns": "all", "row": 1}, "mask": {"bernoulli": {}}}],
    ),
    "settings": network(
        {"a": 2, "b": 2},
        simulation={
            "method": "rk4",
            "dt": 0.01,
            "t_end": 3,
            "until": {"residual": 1e-3},
            "record": {"every": 0.5, "what": ["g", "energy"], "groups": ["b", "a"]},
        },
    ),
    "extremes": network(
        {"a": {"size": 3, "tau": [0.0, 5e-324, 1.7e308], "input": [-0.0, 0.1, 1e-300]}},
        [{"within": "a", "weights": [[0, 0.1, 5e-324], [0.1, 0, -1e300], [5e-324, -1e300, 0]]}],
    ),
    "many axes": network({"a": {"shape": [1, 1, 1, 2, 1, 1, 1, 1, 1, 2], "tau": NORMAL | {}}}),
}
HANDWRITTEN["many axes"]["groups"]["a"]["tau"] = {"uniform": {"low": 1.0, "high": 2.0}}
HANDWRITTEN["formulas"]["groups"]["a"]["lagrangian"]["b"]["uniform"]["high"] = 2.0

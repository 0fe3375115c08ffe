"""Graphs: objects of networkx, GraphML, node-link JSON and connectomes."""

import json

import networkx as nx

from fuzz import bases, doors, oddities, spoil, trees, uses, vocabulary
from fuzz.case import Case, Door
from fuzz.show import shown

ATTRIBUTES = (
    "weight group tau input initial lagrangian label name id connection parts initial_trials "
    "hamsim type synapses key color"
).split()
KEYWORDS = (
    "lagrangian tau weight default_weight default_tau id group input initial repeated".split()
)


def make(rng):
    return rng.choice((_object, _object, _graphml, _graphml, _node_link, _node_link, _connectome))(
        rng
    )


# --- graphs --------------------------------------------------------------------------------


def graph(rng):
    """A graph from outside, or one that hamsim has made."""
    if rng.random() < 0.5:
        import hamsim

        description = bases.random_description(rng.getrandbits(16))
        return hamsim.compile(description).to_networkx()
    kind = rng.choice((nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph))
    made, n = kind(), rng.randint(0, 6)
    names = rng.sample(("A", "B", "", 0, 1, "1", 2.0, "x.y", "n[0]", (1, 2), "\u03c4"), n)
    for name in names:
        made.add_node(name, **_attributes(rng, ("group", "tau", "input", "initial", "lagrangian")))
    for _ in range(rng.randint(0, 8) if names else 0):
        attributes = _attributes(rng, ("weight",) * 3)
        attributes.pop("key", None)  # of parallel edges it is not an attribute
        made.add_edge(rng.choice(names), rng.choice(names), **attributes)
    return made


def _attributes(rng, likely):
    result = {}
    for name in likely:
        if rng.random() < 0.5:
            result[name] = rng.choice(("a", "b", "tanh")) if name in _WORDS else 0.5
    if rng.random() < 0.15:
        result[rng.choice(ATTRIBUTES)] = vocabulary.value(rng)
    return result


_WORDS = ("group", "lagrangian")


def _changed(rng, made, odd):
    """Attributes, nodes and edges other than they were."""
    for _ in range(rng.randint(0, 3)):
        nodes, edges = list(made.nodes), list(made.edges)
        how = rng.randrange(6)
        if how == 0 and nodes:
            made.nodes[rng.choice(nodes)][rng.choice(ATTRIBUTES)] = odd(rng)
        elif how == 1 and edges:
            made.edges[rng.choice(edges)][rng.choice(ATTRIBUTES)] = odd(rng)
        elif how == 2 and nodes:
            made.remove_node(rng.choice(nodes))
        elif how == 3 and nodes:
            made.add_edge(rng.choice(nodes), rng.choice([*nodes, "new"]), weight=odd(rng))
        elif how == 4:
            made.graph[rng.choice(("hamsim", "name", "node_default", "edge_default"))] = odd(rng)
        elif isinstance(made.graph.get("hamsim"), str):
            made.graph["hamsim"] = _other_json(rng, made.graph["hamsim"])
    return made


def _other_json(rng, text):
    if rng.random() < 0.3:
        return spoil.spoilt(rng, text.encode()).decode("utf-8", "replace")
    try:
        json.loads(text)
    except ValueError:  # it is spoilt already
        return text[1:]
    return json.dumps(trees.changed(rng, json.loads(text), _plain), default=str)


def _plain(rng):
    """A value that JSON has, or Python's JSON."""
    return rng.choice(
        (
            None,
            True,
            0,
            -1,
            1e308,
            float("nan"),
            float("inf"),
            10**30,
            "",
            "a",
            "nan",
            "1e400",
            "\x00",
            "$a$",
            "a" * 5000,
            [],
            {},
            [1, 2],
            [[1], [2, 3]],
            {"a": 1},
            [[[[]]]],
        )
    )


def _object(rng):
    objects = []

    def odd(rng):
        objects.append(rng.randrange(len(oddities.OBJECTS)))
        return oddities.OBJECTS[objects[-1]]()

    made = _changed(rng, graph(rng), odd)
    keywords = {}
    for name in rng.sample(KEYWORDS, rng.choice((0, 0, 1, 2))):
        keywords[name] = odd(rng) if rng.random() < 0.3 else rng.choice((*ATTRIBUTES, 0.5, None))
    seed = rng.getrandbits(32)

    def call(folder):
        import hamsim

        spec = hamsim.from_networkx(made, **keywords)
        uses.require_small(spec)
        uses.used(hamsim.compile(spec), seed)

    told = f"{type(made).__name__} nodes {shown(dict(made.nodes))} edges {shown(list(made.edges))}"
    return Case(
        "graphs",
        f"networkx with objects {objects}",
        [Door("from_networkx", call)],
        told=f"{told} keywords {shown(keywords)}",
        places=tuple(keywords),
    )


# --- files --------------------------------------------------------------------------------


def _read(path, seed):
    """Read a file of a graph, and use what it holds."""

    def call(folder):
        import hamsim
        from hamsim.formats import convert

        spec = convert.read_spec(folder / path)[0]
        uses.require_small(spec)
        uses.used(hamsim.compile(spec), seed)

    return [Door("read", call)]


def _commands(rng, path):
    if rng.random() > 0.15:
        return []
    options = [rng.choice(("--weight", "--id", "--group", "--tau", "--initial")), "label"]
    arguments = ["convert", path, "out.yaml", "--force", *(options if rng.random() < 0.5 else [])]
    if rng.random() < 0.3:
        arguments = ["info", path, "--json"]
    return [Door("command", lambda folder: doors.command(arguments))]


def _file(rng, path, content, label):
    found = _read(path, rng.getrandbits(32)) + _commands(rng, path)
    return Case("graphs", label, found, {path: content})


def _graphml(rng):
    import io

    stream = io.BytesIO()
    try:
        nx.write_graphml(_changed(rng, graph(rng), _simple), stream)
    except Exception:  # what cannot be written is not a file
        stream = io.BytesIO(SMALL.encode())
    text = (stream.getvalue() or SMALL.encode()).decode()
    if rng.random() < 0.4:
        text = SMALL
    for _ in range(rng.choice((0, 1, 1, 2))):
        text = rng.choice(_XML)(rng, text)
    content = spoil.encoded(rng, text)
    if rng.random() < 0.2:
        content = spoil.spoilt(rng, content)
    return _file(rng, "mutant.graphml", content, "graphml")


def _simple(rng):
    return rng.choice((0, 1.5, -1, "a", "", "1e400", "nan", True, 10**20, "\u03c4", "$x$"))


SMALL = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="edge" attr.name="weight" attr.type="double"><default>0.5</default></key>
  <key id="d1" for="node" attr.name="tau" attr.type="double"/>
  <key id="d2" for="node" attr.name="group" attr.type="string"/>
  <graph id="G" edgedefault="undirected">
    <node id="n0"><data key="d1">2.0</data><data key="d2">a</data></node>
    <node id="n1"><data key="d1">1.0</data><data key="d2">a</data></node>
    <node id="n2"><data key="d1">0.5</data><data key="d2">b</data></node>
    <edge source="n0" target="n1"><data key="d0">1.0</data></edge>
    <edge source="n1" target="n2"/>
    <edge id="e" source="n2" target="n2" directed="true"><data key="d0">-1</data></edge>
  </graph>
</graphml>
"""
PIECES = (
    '<node id="n0"/>',
    '<node id="n9"><graph id="H" edgedefault="directed"/></node>',
    "<node/>",
    '<edge source="n0"/>',
    '<edge source="n0" target="nowhere"/>',
    '<hyperedge><endpoint node="n0"/></hyperedge>',
    '<graph edgedefault="directed"/>',
    '<key id="d0" for="node" attr.name="tau" attr.type="double"/>',
    '<key id="d7" for="all" attr.name="weight" attr.type="nothing"/>',
    '<data key="d0">1e400</data>',
    '<data key="d0">nan</data>',
    '<data key="nowhere">1</data>',
    "<data/>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "&b;",
    "&#0;",
    "&#x1b;",
    "<![CDATA[1]]>",
    "<!-- -- -->",
    "<?a b?>",
    "<a:b/>",
    "]]>",
    "<",
    "1,5",
    "0x10",
    "1_000",
    "\u0661",
)


def _piece(rng, text):
    at = rng.choice([k for k, c in enumerate(text) if c in "<>"] or [0]) + rng.randrange(2)
    return text[:at] + rng.choice(PIECES) + text[at:]


def _word(rng, text):
    """The value of an attribute, or a text, replaced."""
    import re

    found = list(re.finditer(r'(?<=")[^"<>]*(?=")|(?<=>)[^<>\n]+(?=<)', text))
    if not found:
        return text
    match = rng.choice(found)
    new = rng.choice(("", "n0", "d0", "nan", "1e400", "double", "a" * 3000, "$a$", "directed"))
    return text[: match.start()] + new + text[match.end() :]


def _nested(rng, text):
    depth = rng.choice((50, 2000, 50_000))
    return text.replace("<node", "<a>" * depth + "</a>" * depth + "<node", 1)


_XML = (_piece, _piece, _word, _word, _nested, lambda r, t: spoil.with_odd_character(r, t))


def _node_link(rng):
    made = _changed(rng, graph(rng), _plain)
    try:
        value = nx.node_link_data(made, edges=rng.choice(("links", "edges")))
    except TypeError:  # of networkx 3.2, which has no such keyword
        value = nx.node_link_data(made)
    for one in value["nodes"]:  # names that JSON has not
        one["id"] = list(one["id"]) if isinstance(one["id"], tuple) else one["id"]
    if rng.random() < 0.7:
        value = trees.changed(rng, value, _plain)
    return _json(rng, value, "node-link")


def _connectome(rng):
    n = rng.randint(1, 4)
    numbers = (0, 0, 1, 2.5, -1, "1")
    matrices = {
        rng.choice(("Generic_GJ", "Generic_CS", "x", "")): [
            [rng.choice(numbers[: 5 + (rng.random() < 0.1)]) for _ in range(n)] for _ in range(n)
        ]
        for _ in range(2)
    }
    value = {"nodes": [f"N{k}" for k in range(n)], "connections": matrices}
    if rng.random() < 0.8:
        value = trees.changed(rng, value, _plain)
    return _json(rng, value, "connectome")


def _json(rng, value, label):
    text = json.dumps(value, default=str, ensure_ascii=rng.random() < 0.5)
    draw = rng.random()
    if draw < 0.1:
        depth = rng.choice((300, 900, 990, 5000, 100_000))
        text = text.replace('"id": ', '"id": ' + "[" * depth + "1" + "]" * depth + ', "x": ', 1)
    elif draw < 0.2:
        text = text.replace("1", rng.choice(("1" * 5000, "1e999", "-", "01", "NaN", "1.")), 1)
    elif draw < 0.3:
        text = spoil.with_odd_character(rng, text)
    content = spoil.encoded(rng, text)
    if rng.random() < 0.15:
        content = spoil.spoilt(rng, content)
    return _file(rng, "mutant.json", content, label)

"""`hamsim info`: what a network consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hamsim.cli.common import file_argument, json_option, read_network, set_option
from hamsim.cli.output import echo_json, named, trimmed
from hamsim.errors import printable

if TYPE_CHECKING:
    from hamsim.arrays import Floats
    from hamsim.network import Connection, Network


MAX_WORD = 200  # letters of formulas, and of words in a description


@click.command("info")
@file_argument
@set_option
@json_option
def command(file: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Print size, groups, connections and structure of a network.

    Example:  hamsim info networks/digits.yaml
    """
    facts = describe(read_network(file, overrides))
    if as_json:
        echo_json(facts)
    else:
        _print(facts)


def describe(network: Network) -> dict[str, Any]:
    """Facts about a network, as plain numbers and text."""
    import numpy as np
    from scipy.sparse.csgraph import connected_components

    W, n = network.W, network.n_neurons
    receives = np.diff(W.indptr)
    sends = np.bincount(W.indices, minlength=n)
    parts, part = connected_components(_links(network), directed=False)
    in_triple = np.zeros(n, dtype=bool)
    if network.triples is not None:
        in_triple[np.concatenate(network.triples[:3])] = True
    isolated = np.flatnonzero((receives == 0) & (sends == 0) & ~in_triple)
    return {
        "name": network.name,
        "description": " ".join(network.description.split()),
        "neurons": n,
        "synapses": int(W.nnz),
        "triples": 0 if network.triples is None else int(network.triples.weights.size),
        "density": W.nnz / n**2,
        "bytes": int(W.data.nbytes + W.indices.nbytes + W.indptr.nbytes),
        "symmetric": network.symmetric,
        "trials": network.trials,
        "groups": [
            {
                "name": group.name,
                "neurons": group.size,
                "shape": list(group.shape),
                "lagrangian": group.lagrangian,
                "expression": group.family.formula or None,
                "convex": group.family.convex,
                "parameters": {name: _span(values) for name, values in group.parameters.items()},
                "over": list(group.over),
                "tau": _span(network.tau[group.slice]),
                "input": _span(network.input[group.slice]),
            }
            for group in network.groups
        ],
        "connections": [
            {"name": c.name, "kind": c.kind, **_synapses(network, c)} for c in network.connections
        ],
        "layout": _layout(network),
        "degree": {
            "smallest": int(receives.min()),
            "median": float(np.median(receives)),
            "mean": float(receives.mean()),
            "largest": int(receives.max()),
        },
        "connected_parts": int(parts),
        "largest_part": int(np.bincount(part).max()),
        "isolated": [network.label(int(i)) for i in isolated[:20]],
        "isolated_count": int(isolated.size),
    }


def _span(values: Floats) -> list[float]:
    return [float(values.min()), float(values.max())]


def _layout(network: Network) -> dict[str, Any]:
    """How the weights are stored while the network runs."""
    from hamsim.layout.choose import choose

    choice = choose(network, network.trials or 1)
    return {
        "parts": [
            {
                "where": part.where,
                "layout": part.layout,
                "synapses": part.synapses,
                "bytes": part.bytes,
                "why": part.why,
            }
            for part in choice.parts
        ],
        "reordered": choice.reordered or None,
    }


def _links(network: Network) -> Any:
    """What lets one neuron depend on another: synapses, gated ones, and shared Lagrangians."""
    import numpy as np
    from scipy.sparse import coo_array

    ends: list[Any] = [] if network.triples is None else [network.triples[:2], network.triples[1:3]]
    for group in network.groups:
        if group.over:
            numbers = np.arange(group.start, group.stop).reshape(group.shape)
            first = [slice(0, 1) if k in group.over else slice(None) for k in range(numbers.ndim)]
            together = np.broadcast_to(numbers[tuple(first)], numbers.shape)
            ends.append((together.reshape(-1), numbers.reshape(-1)))
    if not ends:
        return network.W
    i, j = (np.concatenate(side) for side in zip(*ends, strict=True))
    return abs(network.W) + coo_array((np.ones(i.size), (i, j)), network.W.shape).tocsr()


def _synapses(network: Network, connection: Connection) -> dict[str, Any]:
    if connection.triples is not None:
        ends = (connection.rows, connection.columns, connection.gate)
        shape = [int(network.neurons(names).size) for names in ends]
        weights = connection.triples.weights
    else:
        block = network.block(connection)
        shape, weights = list(block.shape), block.data
    span = _span(weights) if weights.size else [0.0, 0.0]
    return {"entries": int(weights.size), "shape": shape, "weights": span}


def _print(facts: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)

    def table(title: str, *columns: str) -> Table:
        made = Table(
            title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0)
        )
        for column in columns:
            made.add_column(column)
        return made

    if facts["name"]:
        console.print(Text(named(facts["name"]), style="bold"))
    if facts["description"]:
        words = trimmed(printable(facts["description"]), MAX_WORD)
        console.print(Text(click.wrap_text(words, 100)))
    size = f"{facts['neurons']:,} neurons, {facts['synapses']:,} synapses"
    if facts["triples"]:
        size += f", {facts['triples']:,} gated triples"
    console.print(
        f"{size}, density {facts['density']:.3g}, {_bytes(facts['bytes'])} of weights; "
        f"W is {'symmetric' if facts['symmetric'] else 'not symmetric'}"
    )
    if facts["trials"] is not None:
        console.print(f"{facts['trials']} trials")
    groups = table("\ngroups", "name", "neurons", "shape", "Lagrangian", "tau", "input")
    for group in facts["groups"]:
        parameters = "".join(
            f" {name} {_range(span)}" for name, span in group["parameters"].items()
        )
        shared = "" if len(group["over"]) in (0, len(group["shape"])) else f" over {group['over']}"
        groups.add_row(
            Text(named(group["name"])),
            f"{group['neurons']:,}",
            " x ".join(map(str, group["shape"])),
            Text(
                named((group["expression"] or group["lagrangian"]) + parameters + shared, MAX_WORD)
            ),
            _range(group["tau"]),
            _range(group["input"]),
        )
    console.print(groups, markup=False)
    connections = table("\nconnections", "name", "kind", "block", "entries", "weights")
    for c in facts["connections"]:
        block = " x ".join(f"{side:,}" for side in c["shape"])
        connections.add_row(
            Text(named(c["name"])), c["kind"], block, f"{c['entries']:,}", _range(c["weights"])
        )
    console.print(connections if facts["connections"] else "\nno connections")
    layout = facts["layout"]
    parts = table("\nlayout while it runs", "weights", "stored as", "synapses", "memory", "why")
    for part in layout["parts"]:
        size = _bytes(part["bytes"])
        synapses = f"{part['synapses']:,}"
        parts.add_row(Text(named(part["where"])), part["layout"], synapses, size, Text(part["why"]))
    if facts["synapses"]:
        console.print(parts, markup=False)
    if layout["reordered"]:
        console.print(f"neurons are brought closer together: {layout['reordered']}")
    degree = facts["degree"]
    console.print(
        f"\nsynapses a neuron receives: {degree['smallest']} to {degree['largest']}, "
        f"median {degree['median']:g}, mean {degree['mean']:.4g}"
    )
    whole = facts["connected_parts"] == 1
    console.print(
        "every neuron is connected with every other"
        if whole
        else f"{facts['connected_parts']:,} parts that do not depend on each other; "
        f"neurons in the largest: {facts['largest_part']:,}"
    )
    if facts["isolated_count"]:
        some = ", ".join(map(named, facts["isolated"][:5])) + (
            ", ..." if facts["isolated_count"] > 5 else ""
        )
        count = facts["isolated_count"]
        neurons = "1 neuron" if count == 1 else f"{count:,} neurons"
        console.print(Text(f"warning: {neurons} without a synapse: {some}"))


def _range(span: list[float]) -> str:
    low, high = span
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"

"""A `Network` in a notebook."""

from __future__ import annotations

import math

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.html.charts import images
from hamsim.html.elements import paragraph, section, table
from hamsim.html.markup import Html, joined
from hamsim.network import Network, Stimulus
from hamsim.notebook.representations.pages import LEVEL, description, folded, page
from hamsim.report.network import GROUP_COLUMNS, connection_facts, group_facts, group_row
from hamsim.report.overtime import moving_facts, moving_section
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named, size_of, span_of

__all__ = ["groups_and_connections", "show"]

MOST_SYNAPSES = 500_000  # of which each connection's are counted
MOST_SEEN = 200_000  # synapses that the picture of W is made of
MOST_ROWS = 20  # of groups and connections
PLACES = 64  # rows of the picture of W


def show(network: Network) -> Html:
    """What it consists of."""
    trials = "" if network.trials is None else f", {counted(network.trials, 'trial')}"
    note = (
        f"{counted(network.n_neurons, 'neuron')}, {counted(int(network.W.nnz), 'synapse')}{trials}"
    )
    about = description(network.description)
    return page("Network", network.name, note, about, groups_and_connections(network))


def groups_and_connections(network: Network) -> Html:
    """Its groups, and the rest in parts that open."""
    groups = table(
        GROUP_COLUMNS,
        [group_row(group_facts(network, group)) for group in network.groups[:MOST_ROWS]],
    )
    more = len(network.groups) - MOST_ROWS
    parts = [groups, paragraph(f"and {more:,} more groups", "quiet") if more > 0 else ""]
    parts += [_connections(network), _acting(network), _matrix(network), _settings(network)]
    return joined(parts)


def _connections(network: Network) -> Html:
    found = network.connections
    if not found:
        return paragraph("no connections", "quiet")
    counted = int(network.W.nnz) <= MOST_SYNAPSES
    rows = []
    for connection in found[:MOST_ROWS]:
        ends = [" + ".join(map(named, side)) for side in (connection.rows, connection.columns)]
        joins = {"between": f"{ends[0]} ↔ {ends[1]}", "within": ends[0]}
        told = joins.get(connection.kind, f"{ends[1]} → {ends[0]}")
        if connection.gate:
            told = f"{ends[0]} ↔ {ends[1]}, gated by {' + '.join(map(named, connection.gate))}"
        row: tuple[str, ...] = (named(connection.name), connection.kind, told)
        if counted:
            facts = connection_facts(network, connection)
            row += (f"{facts.entries:,}", span_of(facts.weights))
        rows.append(row)
    columns = ("name", "kind", "groups", *(("synapses", "weights") if counted else ()))
    more = len(found) - MOST_ROWS
    return folded(
        "Connections",
        f"{len(found):,}",
        table(columns, rows),
        paragraph(f"and {more:,} more connections", "quiet") if more > 0 else "",
        unfolded=len(found) <= 6,
    )


def _acting(network: Network) -> Html:
    """Stimuli, and inputs that change over time."""
    if not network.stimuli and not network.over_time:
        return joined(())
    rows = [_stimulus(network, each) for each in network.stimuli[:MOST_ROWS]]
    parts = [table(("mode", "neurons", "value", "from", "until"), rows)] if rows else []
    if network.over_time:
        parts.append(section(moving_section(moving_facts(network)), LEVEL))
    return folded("Stimuli and moving inputs", f"{len(network.acting):,}", *parts)


def _stimulus(network: Network, each: Stimulus) -> tuple[str, ...]:
    neurons = each.neurons
    whose = network.label(int(neurons[0])) if neurons.size else ""
    if neurons.size > 1:
        whose += f" and {neurons.size - 1:,} more"
    span = (float(each.value.min()), float(each.value.max())) if each.value.size else (0.0, 0.0)
    until = f"{each.stop:g}" if math.isfinite(each.stop) else "the end"
    return each.mode, named(whose), span_of(span), f"{each.start:g}", until


def _matrix(network: Network) -> Html:
    """A small picture of W, and what is to be said of it."""
    W = network.W
    symmetric = "symmetric" if network.symmetric else "not symmetric"
    density = W.nnz / network.n_neurons**2
    memory = W.data.nbytes + W.indices.nbytes + W.indptr.nbytes
    note = f"{symmetric}, density {density:.3g}, {size_of(memory)}"
    if not W.nnz:
        return joined(())
    sums = blocks_of(network)
    title = "mean weights of blocks; rows receive, columns send" if W.shape[0] > PLACES else "W"
    return folded("Weights", note, images({f"weights, {note}": sums}, title, height=128))


def blocks_of(network: Network) -> Floats:
    """Mean weights of blocks of W, at most 64 by 64; of very many synapses of an even part."""
    W, n = network.W, network.n_neurons
    places = min(n, PLACES)
    every = -(-W.nnz // MOST_SEEN)
    entries = np.arange(0, W.nnz, every)
    rows = np.searchsorted(W.indptr, entries, side="right") - 1
    size = n / places
    where = (rows * places // n) * places + W.indices[entries].astype(np.int64) * places // n
    sums = np.bincount(where, weights=W.data[entries] * every, minlength=places**2)
    found: Floats = sums.reshape(places, places) / size**2
    return found


def _settings(network: Network) -> Html:
    """How the file wants it to be run."""
    settings = network.settings
    told = {
        "method": settings.method,
        "dt": settings.dt,
        "until t": settings.t_end,
        "sweeps": settings.sweeps,
        "seed": network.seed,
    }
    facts = [Fact(name, value, str(value)) for name, value in told.items() if value is not None]
    facts += [
        Fact(named(path), None, "put in place of the file's value") for path in network.overrides
    ]
    return folded("Simulation", settings.method, section(Section("", tuple(facts)), LEVEL))

"""Networks as graphs of neurons, made on request only: arrays are what hamsim computes with."""

from __future__ import annotations

import networkx as nx
import numpy as np

from hamsim.network import Network

__all__ = ["neuron_graph"]


def neuron_graph(network: Network) -> nx.Graph | nx.DiGraph:
    """One node a neuron and one edge a synapse; see `Network.to_networkx`."""
    graph = nx.Graph() if network.symmetric else nx.DiGraph()
    graph.graph["name"] = network.name
    labels = [group.label(k) for group in network.groups for k in range(group.size)]
    initial = np.atleast_2d(network.initial)[0]
    for group in network.groups:
        graph.add_nodes_from(
            (
                labels[i],
                {
                    "group": group.name,
                    "lagrangian": group.lagrangian,
                    "tau": float(network.tau[i]),
                    "input": float(network.input[i]),
                    "initial": float(initial[i]),
                },
            )
            for i in range(group.start, group.stop)
        )
    synapses = network.W.tocoo()
    for i, j, weight in zip(
        synapses.row.tolist(), synapses.col.tolist(), synapses.data.tolist(), strict=True
    ):
        if not network.symmetric or i <= j:
            graph.add_edge(labels[j], labels[i], weight=weight)
    return graph

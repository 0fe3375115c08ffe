"""Networks as graphs: of groups to look at a description, of neurons on request."""

from __future__ import annotations

import networkx as nx
import numpy as np

from hamsim.network import Network

__all__ = ["group_graph", "neuron_graph"]


def group_graph(network: Network) -> nx.MultiDiGraph:
    """One node a group, one edge for each pair of groups that a connection joins.

    Edges go from the sending to the receiving group; `between` gives both.
    """
    graph = nx.MultiDiGraph(name=network.name)
    for group in network.groups:
        graph.add_node(group.name, size=group.size, lagrangian=group.lagrangian)
    for connection in network.connections:
        for receiver in connection.rows:
            for sender in connection.columns:
                graph.add_edge(sender, receiver, connection=connection.name)
                if connection.kind == "between":
                    graph.add_edge(receiver, sender, connection=connection.name)
    return graph


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

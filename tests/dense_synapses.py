"""Derivatives by weights again, slowly: from the dense matrix of sums a_i g_j, entry by entry."""

import numpy as np


def block_derivative(network, connection, outer):
    """Derivative by a block in its own shape; an undirected edge's stands at both its places."""
    rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
    block = outer[np.ix_(rows, columns)].copy()
    if connection.kind == "between":
        block += outer[np.ix_(columns, rows)].T
    if connection.kind == "within":
        block += block.T
        np.fill_diagonal(block, 0.5 * np.diag(block))
    return np.where(pattern_of(network, connection), block, 0.0)


def pattern_of(network, connection):
    block = network.block(connection)
    there = np.zeros(block.shape, dtype=bool)
    there[np.repeat(np.arange(block.shape[0]), np.diff(block.indptr)), block.indices] = True
    return there


def kernel_derivative(network, connection, outer):
    """Derivative by a kernel: the sum over all synapses that have its weight."""
    own = connection.convolution
    block = block_derivative(network, connection, outer)
    there = pattern_of(network, connection)
    if own.image_receives:
        block, there = block.T, there.T
    found = np.zeros(own.kernel.shape)
    for feature, pixel in zip(*(np.argwhere(there).T), strict=True):
        y, x, o = np.unravel_index(feature, own.found)
        row, column, c = np.unravel_index(pixel, own.image)
        down = row - own.stride[0] * y + own.before[0]
        across = column - own.stride[1] * x + own.before[1]
        found[o, c, down, across] += block[feature, pixel]
    return found


def edge_derivative(network, outer):
    """One number a row of `network.edges`."""
    W = network.W
    alone = np.zeros(W.shape, dtype=bool)
    if not network.symmetric:
        for connection in network.connections:
            if connection.kind == "from":
                ends = network.neurons(connection.rows), network.neurons(connection.columns)
                alone[np.ix_(*ends)] |= pattern_of(network, connection)
    alone |= alone.T
    return np.array(
        [
            outer[i, j] if i == j or alone[i, j] else outer[i, j] + outer[j, i]
            for i, j in network.edges.tolist()
        ]
    )


def derivatives(network, a, g, scale):
    """Derivatives of sum_t scale_t a_t . (W g_t + gates) by connections, and by edges."""
    outer = np.einsum("t,ti,tj->ij", scale, a, g)
    found = {}
    for connection in network.connections:
        if connection.triples is not None:
            i, j, k, _ = connection.triples
            terms = a[:, i] * g[:, j] * g[:, k] + a[:, j] * g[:, i] * g[:, k]
            found[connection.name] = scale @ (terms + a[:, k] * g[:, i] * g[:, j])
        elif is_kernel(network, connection):
            found[connection.name] = kernel_derivative(network, connection, outer)
        else:
            found[connection.name] = block_derivative(network, connection, outer)
    return found, edge_derivative(network, outer)


def is_kernel(network, connection):
    own = connection.convolution
    return own is not None and own.kernel is not None and own.W is network.W


def hebbian_derivatives(network, g, scale):
    """Derivatives of sum_t scale_t U(g_t), U = g.W g / 2 + sum T g g g."""
    by_name, edges = derivatives(network, g / 2, g, scale)
    for connection in network.connections:
        if connection.triples is not None:
            i, j, k, _ = connection.triples
            by_name[connection.name] = scale @ (g[:, i] * g[:, j] * g[:, k])
    return by_name, edges

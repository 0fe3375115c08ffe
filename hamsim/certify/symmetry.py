"""Whether W is symmetric, or would be with its rows scaled.

Positive factors d of the rows with d_i W_ij = d_j W_ji exist if and only if every synapse has one
back of the same sign, and along every cycle the product of the weights is the same both ways
(Kolmogorov's criterion; Dias, Castonguay and Dourado 2015, arXiv:1503.03468). With signs s of the
neurons, d_i W_ij = s_i s_j d_j W_ji, this is how excitatory and inhibitory neurons are coupled.

Neurons that share a Lagrangian, or a gated synapse, have to have one factor. They are one node of
a graph whose edges are the synapses. Along a spanning forest of it the factors follow from the
weights; then all synapses are looked at.

Factors are signed mantissas with exponents of two, since along a chain they may leave the range of
floating-point numbers. So the relative error of a factor is at most EPS times the node's depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from hamsim.certify.certificate import Condition, Status, Symmetry
from hamsim.certify.problem import shared_sets
from hamsim.network import Floats, Ints, Network

__all__ = ["Scaling", "find_scaling"]

EPS = float(np.finfo(np.float64).eps)
# Weights that somebody scaled by a few operations each are off by less.
TOLERANCE = 1e-12
# Synapses looked at in one go: bounds the memory of temporary arrays.
BLOCK = 1 << 20
# Synapses of a longer cycle that are named: these many at each end.
NAMED = 5
NAME = "symmetry"
THEOREM = (
    "symmetrizable matrices: Kolmogorov's criterion; Dias, Castonguay and Dourado 2015, "
    "arXiv:1503.03468"
)
TWO_WAY = "make connections two-way: 'between' or 'within' in place of 'from'"

Weights = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaling:
    """Factors of the rows of W that make it symmetric.

    Parameters
    ----------
    kind : {"symmetric", "symmetrizable", "signed", "none"}
    scale : ndarray, shape (n,)
        d > 0, one number for neurons that share a Lagrangian or a gated synapse, with geometric
        mean 1 in each connected part; ones where W is symmetric, and where nothing makes it so.
    signs : ndarray, shape (n,)
        Of "signed", d_i W_ij = s_i s_j d_j W_ji: +1 and -1 like excitatory and inhibitory neurons;
        ones otherwise.
    condition : Condition
    """

    kind: Symmetry
    scale: Floats
    signs: Floats
    condition: Condition


def find_scaling(network: Network) -> Scaling:
    """Scale the rows of W so that it is symmetric, if that is possible.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Scaling

    Notes
    -----
    Weights count as scaled symmetric ones if each differs from that by a relative error of at most
    1e-12 and a rounding error for each synapse of a cycle. In O(synapses).
    """
    ones = np.ones(network.n_neurons)
    if network.symmetric:
        message = "W is equal to its transpose"
        condition = Condition(NAME, "proved", message, evidence={"largest_defect": 0.0})
        return Scaling("symmetric", ones, ones, condition)
    pairs, alone = _pair(network.W)
    forest = _grow(pairs, _nodes(network))
    signs, rough = _signs_and_factors(pairs, forest)
    survey = _survey(pairs, forest)
    if alone is not None:
        return Scaling("none", ones, ones, _one_way(network, alone, survey, signs * rough))
    if survey.disagreeing:
        return Scaling("none", ones, ones, _disagreement(network, pairs, forest, survey))
    if not _holds(pairs, signs, rough, forest):
        return Scaling("none", ones, ones, _out_of_range(forest))
    evidence = {
        "largest_defect": survey.largest,
        "smallest_factor": float(rough.min()),
        "largest_factor": float(rough.max()),
    }
    if survey.opposite is not None:
        repair = _turn(network, pairs, survey.opposite) if survey.opposites == 1 else ""
        condition = _opposite(network, pairs, survey.opposite, evidence, repair=repair)
        return Scaling("signed", rough, signs, condition)
    message = (
        f"W is symmetric once its rows are multiplied by factors from {rough.min():.4g} to "
        f"{rough.max():.4g}"
    )
    condition = Condition(NAME, "proved", message, evidence=evidence, theorem=THEOREM)
    return Scaling("symmetrizable", rough, ones, condition)


# --- synapses and their way back -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Synapses that have one back: W in rows, and at the same places its transpose.

    Parameters
    ----------
    indptr, indices : ndarray
        Of a CSR matrix with sorted rows.
    there, back : ndarray, shape (pairs,)
        W_ij and W_ji.
    """

    indptr: NDArray[Any]
    indices: NDArray[Any]
    there: Weights
    back: Weights

    def blocks(self) -> Iterator[tuple[slice, Ints, NDArray[Any]]]:
        """Slices of `there`, with rows and columns."""
        for first, last in _row_blocks(self.indptr):
            part = slice(int(self.indptr[first]), int(self.indptr[last]))
            yield part, _rows(self.indptr, first, last), self.indices[part]

    def ends(self, edge: int) -> tuple[int, int]:
        """Receiving and sending neuron of W_ij."""
        row = int(np.searchsorted(self.indptr, edge, side="right")) - 1
        return row, int(self.indices[edge])


@dataclass(frozen=True)
class _Alone:
    """The strongest of the synapses without one back, and how many they are."""

    receiver: int
    sender: int
    weight: float
    count: int


def _row_blocks(indptr: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Ranges of rows with about BLOCK synapses each; a longer row is one by itself."""
    rows = indptr.size - 1
    cuts = np.searchsorted(indptr, np.arange(0, int(indptr[-1]), BLOCK))
    return pairwise(np.unique([0, *cuts.tolist(), rows]).tolist())


def _rows(indptr: NDArray[Any], first: int, last: int) -> Ints:
    return np.repeat(np.arange(first, last), np.diff(indptr[first : last + 1]))


def _pair(W: csr_array) -> tuple[_Pairs, _Alone | None]:
    """Synapses with their way back, and the strongest without one."""
    if not (np.all(W.data) and W.has_canonical_format):
        W = W.copy()
        W.sum_duplicates()
        W.eliminate_zeros()
    turned = W.T.tocsr()  # its rows are sorted, too
    same = np.array_equal(W.indptr, turned.indptr) and np.array_equal(W.indices, turned.indices)
    if same:
        return _Pairs(W.indptr, W.indices, W.data, turned.data), None
    both, too = np.empty(W.nnz, dtype=bool), np.empty(W.nnz, dtype=bool)
    starts = np.zeros_like(W.indptr)
    for first, last in _row_blocks(W.indptr):
        here, there = (_keys(matrix, first, last) for matrix in (W, turned))
        found = np.isin(here, there, assume_unique=True)
        both[W.indptr[first] : W.indptr[last]] = found
        too[turned.indptr[first] : turned.indptr[last]] = np.isin(there, here, assume_unique=True)
        rows = _rows(W.indptr, first, last)[found] - first
        starts[first + 1 : last + 1] = np.bincount(rows, minlength=last - first)
    back = turned.data[too]
    del turned
    np.cumsum(starts, out=starts)
    return _Pairs(starts, W.indices[both], W.data[both], back), _strongest(W, ~both)


def _keys(matrix: csr_array, first: int, last: int) -> Ints:
    """One number for each synapse in some rows: where it is in the matrix."""
    columns = matrix.indices[matrix.indptr[first] : matrix.indptr[last]]
    keys: Ints = _rows(matrix.indptr, first, last) * matrix.shape[1] + columns
    return keys


def _strongest(W: csr_array, alone: NDArray[np.bool_]) -> _Alone:
    edges = np.flatnonzero(alone)
    edge = int(edges[np.argmax(np.abs(W.data[edges]))])
    row = int(np.searchsorted(W.indptr, edge, side="right")) - 1
    return _Alone(row, int(W.indices[edge]), float(W.data[edge]), edges.size)


# --- the spanning forest -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Forest:
    """Spanning trees of the graph of nodes, and signed factors d that follow along them.

    Parameters
    ----------
    node : ndarray, shape (n,)
        Node of each neuron.
    parent : ndarray, shape (nodes,)
        The next node on the way to the root; a root's is itself.
    edge : ndarray, shape (nodes,)
        The synapse from the parent to the node, a place in `_Pairs`; -1 for a root.
    root, depth : ndarray, shape (nodes,)
    mantissa, exponent : ndarray, shape (nodes,)
        d = mantissa 2^exponent with d_i W_ij = d_j W_ji along the trees, d = 1 at roots.
    """

    node: NDArray[Any]
    parent: NDArray[Any]
    edge: Ints
    root: NDArray[Any]
    depth: Ints
    mantissa: Floats
    exponent: Ints


def _nodes(network: Network) -> NDArray[Any]:
    """For each neuron the number of its node: what has to have one factor."""
    neurons = np.arange(network.n_neurons)
    sets = shared_sets(network)
    ends = [(neurons, sets)]
    triples = network.triples
    if triples is not None:
        acting = triples.weights != 0.0
        ends += [(other[acting], triples.k[acting]) for other in (triples.i, triples.j)]
    rows, columns = (np.concatenate(side) for side in zip(*ends, strict=True))
    if np.array_equal(rows, columns):
        return neurons
    shape = (neurons.size, neurons.size)
    links = coo_array((np.ones(rows.size, dtype=np.int8), (rows, columns)), shape=shape)
    _, node = connected_components(links, directed=False)
    return np.asarray(node)


def _grow(pairs: _Pairs, node: NDArray[Any]) -> _Forest:
    parent = _parents(*_adjacency(pairs, node))
    nodes = parent.size
    edge = np.full(nodes, -1, dtype=np.int64)
    for part, rows, columns in pairs.blocks():
        receiver, sender = node[rows], node[columns]
        found = np.flatnonzero((parent[receiver] == sender) & (receiver != sender))
        edge[receiver[found]] = part.start + found
    inner = edge >= 0
    there, power = np.frexp(pairs.there[edge[inner]])
    back, back_power = np.frexp(pairs.back[edge[inner]])
    mantissa, exponent = np.ones(nodes), np.zeros(nodes, dtype=np.int64)
    mantissa[inner] = back / there
    exponent[inner] = back_power.astype(np.int64) - power
    depth = inner.astype(np.int64)
    # Doubling: `up` is 1, 2, 4, ... nodes nearer to the root, the rest is of the way up to there.
    up = parent
    while not np.array_equal(above := up[up], up):
        mantissa, carry = np.frexp(mantissa * mantissa[up])
        exponent = exponent + exponent[up] + carry
        depth = depth + depth[up]
        up = above
    return _Forest(node, parent, edge, up, depth, mantissa, exponent)


def _adjacency(pairs: _Pairs, node: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Neighbours of each node, each once, as indptr and indices."""
    nodes = int(node.max(initial=-1)) + 1
    if nodes == node.size:  # each neuron is a node, in file order
        return pairs.indptr, pairs.indices
    marks = np.ones(pairs.indices.size, dtype=np.int8)
    rows = csr_array((marks, node[pairs.indices], pairs.indptr), shape=(node.size, nodes))
    rows = rows[np.argsort(node, kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=nodes))])
    graph = csr_array((rows.data, rows.indices, rows.indptr[starts]), shape=(nodes, nodes))
    graph.sum_duplicates()  # which SciPy's search for strong parts does not stand
    return graph.indptr, graph.indices


def _parents(indptr: NDArray[Any], indices: NDArray[Any]) -> NDArray[Any]:
    """Parents in a forest of shortest paths, one tree a connected part."""
    nodes = indptr.size - 1
    # What the searches work with; they would copy other integers.
    indptr, indices = indptr.astype(np.int32), indices.astype(np.int32)
    graph = csr_array((np.zeros(indices.size), indices, indptr), shape=(nodes, nodes))
    # The pattern is symmetric, so strong parts are the parts; weak ones would need a transpose.
    parts, part = connected_components(graph, directed=True, connection="strong")
    roots = np.empty(parts, dtype=np.int32)
    roots[part[::-1]] = np.arange(nodes - 1, -1, -1)
    # One more node with a way to each root, so that one search visits all parts.
    indices = np.concatenate([indices, roots])
    indptr = np.append(indptr, np.int32(indices.size))
    graph = csr_array((np.zeros(indices.size), indices, indptr), shape=(nodes + 1, nodes + 1))
    _, parent = breadth_first_order(graph, nodes, directed=True, return_predecessors=True)
    parent = parent[:nodes]
    parent[roots] = roots
    return np.asarray(parent)


def _signs_and_factors(pairs: _Pairs, forest: _Forest) -> tuple[Floats, Floats]:
    """Sign and size of each neuron's factor; sizes may be 0 or infinite where they do not fit."""
    size = np.abs(forest.mantissa)
    logarithm = forest.exponent + np.log2(size)
    node, root = forest.node, forest.root
    neurons = root[node]
    count = np.bincount(neurons, minlength=root.size)
    total = np.bincount(neurons, weights=logarithm[node], minlength=root.size)
    mean = total / np.maximum(count, 1)
    whole = np.floor(mean)
    with np.errstate(over="ignore", under="ignore"):
        power = _fitting(forest.exponent - whole[root].astype(np.int64))
        factor = np.ldexp(size * np.exp2(whole - mean)[root], power)
    signs = np.sign(forest.mantissa)
    if np.any(signs < 0):
        signs *= _excitation(pairs, forest, signs[node])[root]
    return signs[node], factor[node]


def _excitation(pairs: _Pairs, forest: _Forest, signs: Floats) -> Floats:
    """For each root +1, or -1 if neurons with the sign +1 are the inhibitory ones of its tree."""
    nodes = forest.root.size
    votes = np.zeros(nodes)
    for part, rows, columns in pairs.blocks():
        across = np.flatnonzero(signs[rows] != signs[columns])
        vote = signs[columns[across]] * np.sign(pairs.there[part][across])
        roots = forest.root[forest.node[rows[across]]]
        votes += np.bincount(roots, weights=vote, minlength=nodes)
    return np.where(votes < 0, -1.0, 1.0)


def _fitting(power: Ints) -> NDArray[np.int32]:
    """Powers of two for `ldexp`, which takes no larger ones."""
    return np.clip(power, -5000, 5000).astype(np.int32)


# --- all synapses --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Survey:
    """What was seen when the factors were put to all pairs.

    Parameters
    ----------
    largest : float
        Largest |d_i W_ij / (d_j W_ji) - 1|.
    worst : int
        The synapse with the largest defect among those that disagree; -1 if none does.
    disagreeing : int
        Number of pairs beyond the tolerance.
    opposite : int or None
        A synapse with the sign opposite to that of the one back, the one with the largest
        product of both; None if there is none.
    opposites : int
        Number of such pairs.
    """

    largest: float
    worst: int
    disagreeing: int
    opposite: int | None
    opposites: int


def _survey(pairs: _Pairs, forest: _Forest) -> _Survey:
    node = forest.node
    mantissa, exponent = forest.mantissa[node], forest.exponent[node]
    slack = 2.0 * EPS * (forest.depth[node] + 2)
    largest, worst, disagreeing = 0.0, (-1.0, -1), 0
    opposite, opposites = (-np.inf, -1), 0
    for part, rows, columns in pairs.blocks():
        lower = np.flatnonzero(rows > columns)  # each pair once
        if lower.size == 0:
            continue
        i, j = rows[lower], columns[lower]
        there, power = np.frexp(pairs.there[part][lower])
        back, back_power = np.frexp(pairs.back[part][lower])
        power = exponent[i] + power - exponent[j] - back_power
        with np.errstate(over="ignore"):
            ratio = np.ldexp(mantissa[i] * there / (mantissa[j] * back), _fitting(power))
        defect = np.abs(ratio - 1.0)
        bad = ~(defect <= TOLERANCE + slack[i] + slack[j])
        disagreeing += int(np.count_nonzero(bad))
        at = int(np.argmax(defect))
        largest = max(largest, float(defect[at]))
        if np.any(bad):
            at = int(np.argmax(np.where(bad, defect, -1.0)))
            worst = max(worst, (float(defect[at]), part.start + int(lower[at])))
        against = np.flatnonzero((there < 0) != (back < 0))
        opposites += against.size
        if against.size:
            edges = part.start + lower[against]
            weak = np.log(np.abs(pairs.there[edges])) + np.log(np.abs(pairs.back[edges]))
            at = int(np.argmax(weak))
            opposite = max(opposite, (float(weak[at]), int(edges[at])))
    found = opposite[1] if opposites else None
    return _Survey(largest, worst[1], disagreeing, found, opposites)


def _holds(pairs: _Pairs, signs: Floats, scale: Floats, forest: _Forest) -> bool:
    """Whether W D^-1 is symmetric but for rounding, as the numbers that it is computed with."""
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        inverse = 1.0 / scale
        if not (np.all(np.isfinite(scale)) and np.all(np.isfinite(inverse)) and np.all(scale)):
            return False
        slack = 2.0 * EPS * (forest.depth[forest.node] + 4)
        for part, rows, columns in pairs.blocks():
            one = pairs.there[part] * inverse[columns]
            other = pairs.back[part] * inverse[rows] * (signs[rows] * signs[columns])
            allowed = (TOLERANCE + slack[rows] + slack[columns]) * np.abs(one)
            close = np.isfinite(one) & (one != 0.0) & (np.abs(one - other) <= allowed)
            if not np.all(close):
                return False
    return True


# --- what to say ---------------------------------------------------------------------------------


def _edge(network: Network, receiver: int, sender: int) -> dict[str, Any]:
    names = [network.label(sender), network.label(receiver)]
    return {"neurons": names, "edge": names}


def _one_way(network: Network, alone: _Alone, survey: _Survey, factors: Floats) -> Condition:
    """W_ij != 0 and W_ji = 0."""
    i, j = alone.receiver, alone.sender
    a, b = network.label(j), network.label(i)
    message = f"{a} sends to {b} with weight {alone.weight:.4g}, and nothing comes back"
    repair = TWO_WAY
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        back = alone.weight * factors[i] / factors[j]
    alike = not survey.disagreeing and survey.opposite is None
    if alone.count > 1:
        message += f"; {alone.count:,} synapses are one-way"
    elif alike and np.isfinite(back) and back != 0.0:
        repair = f"connect {b} back to {a} with weight {float(back)!r}"
    return Condition(
        NAME,
        "refuted",
        message,
        where=_edge(network, i, j),
        evidence={
            "receiver": i,
            "sender": j,
            "weight": alone.weight,
            "weight_back": 0.0,
            "one_way": alone.count,
        },
        theorem=THEOREM,
        repair=repair,
    )


def _opposite(
    network: Network,
    pairs: _Pairs,
    edge: int,
    evidence: dict[str, Any],
    more: str = "",
    repair: str = "",
) -> Condition:
    """W_ij W_ji < 0."""
    receiver, sender = pairs.ends(edge)
    there, back = float(pairs.there[edge]), float(pairs.back[edge])
    a, b = network.label(sender), network.label(receiver)
    message = f"{a} sends to {b} with weight {there:.4g} and gets {back:.4g} back, of opposite sign"
    return Condition(
        NAME,
        "refuted",
        message + more,
        where=_edge(network, receiver, sender),
        evidence={
            "receiver": receiver,
            "sender": sender,
            "weight": there,
            "weight_back": back,
            **evidence,
        },
        theorem=THEOREM,
        repair=repair,
    )


def _turn(network: Network, pairs: _Pairs, edge: int) -> str:
    receiver, sender = (network.label(neuron) for neuron in pairs.ends(edge))
    return f"change the sign of the weight from {sender} to {receiver}"


def _disagreement(network: Network, pairs: _Pairs, forest: _Forest, survey: _Survey) -> Condition:
    """No factors, even with signs: a cycle along which the products of weights differ."""
    receivers, senders, ratio, products = _cycle(pairs, forest, survey.worst)
    evidence = {
        "largest_defect": survey.largest,
        "disagreeing": survey.disagreeing,
        "receivers": receivers,
        "senders": senders,
        "ratio": ratio,
        **products,
    }
    single = survey.disagreeing == 1 and np.isfinite(ratio) and ratio != 0.0
    if survey.opposite is not None:
        alone = single and survey.opposites == 1 and survey.opposite == survey.worst
        alone = alone and abs(ratio + 1.0) <= TOLERANCE
        repair = _turn(network, pairs, survey.opposite) if alone else ""
        more = "; no choice of signs and factors makes up for it"
        return _opposite(network, pairs, survey.opposite, evidence, more, repair)
    there, back = float(pairs.there[survey.worst]), float(pairs.back[survey.worst])
    a, b = (network.label(int(ends[0])) for ends in (senders, receivers))
    names, around = _names(network, receivers, senders)
    if receivers.size == 1:
        message = (
            f"{a} and {b} share a Lagrangian or gated synapses and so must be scaled alike, but "
            f"the weights between them are {there:.4g} and {back:.4g}"
        )
    else:
        jumps = np.any(senders != np.roll(receivers, 1))
        alike = " (neurons that must be scaled alike count as one)" if jumps else ""
        message = (
            f"the product of the weights along {around}{alike} differs from that of the way back"
        )
    message += f" (ratio 1 {ratio - 1.0:+.4g})" if 0.5 < ratio < 2.0 else f" (ratio {ratio:.4g})"
    if survey.disagreeing > 1:
        message += f"; {survey.disagreeing:,} pairs of synapses disagree"
    # Rounding of two products and a division.
    sure = abs(ratio - 1.0) > EPS * (receivers.size + 4)
    status: Status = "refuted" if sure else "undecided"
    return Condition(
        NAME,
        status,
        message,
        where={"neurons": names, "edge": [a, b]},
        evidence={**evidence, "weight": there, "weight_back": back},
        theorem=THEOREM,
        repair=f"scale the edge from {a} to {b} by {1.0 / ratio!r}" if single else TWO_WAY,
    )


def _out_of_range(forest: _Forest) -> Condition:
    powers = forest.exponent
    spread = int(powers.max() - powers.min())
    message = (
        f"the factors that could make W symmetric differ by up to 2^{spread}, and with them "
        "weights leave the range of floating-point numbers"
    )
    return Condition(NAME, "undecided", message, evidence={"log2_spread": spread}, theorem=THEOREM)


def _cycle(pairs: _Pairs, forest: _Forest, edge: int) -> tuple[Ints, Ints, float, dict[str, Any]]:
    """The synapse and the way back through its tree.

    Returns
    -------
    receivers, senders : ndarray, shape (k,)
        Of each synapse; the next one is sent by the receiver, or by one that is scaled like it.
    ratio : float
        Product of all W[receiver, sender] divided by that of all W[sender, receiver].
    products : dict
        Both, or their logarithms to base 2 where they leave the range of numbers.
    """
    i, j = pairs.ends(edge)
    up, down = _ways(forest, int(forest.node[i]), int(forest.node[j]))
    rising, falling = forest.edge[up], forest.edge[down[::-1]]
    # A tree edge goes from the parent to the child: upwards it is taken the other way.
    there = np.concatenate([pairs.there[[edge]], pairs.back[rising], pairs.there[falling]])
    back = np.concatenate([pairs.back[[edge]], pairs.there[rising], pairs.back[falling]])
    edges = np.concatenate([rising, falling])
    rows = np.searchsorted(pairs.indptr, edges, side="right") - 1
    columns = pairs.indices[edges]
    upwards = np.arange(edges.size) < rising.size
    receivers = np.append(i, np.where(upwards, columns, rows)).astype(np.int64)
    senders = np.append(j, np.where(upwards, rows, columns)).astype(np.int64)
    (one, power), (other, other_power) = _product(there), _product(back)
    shift = _fitting(np.array([power - other_power, power, other_power]))
    with np.errstate(over="ignore", under="ignore"):
        ratio, *both = np.ldexp([one / other, one, other], shift).tolist()
    if all(np.finfo(float).tiny <= abs(value) < np.inf for value in both):
        return receivers, senders, ratio, {"products": both}
    logarithms = [power + np.log2(abs(one)), other_power + np.log2(abs(other))]
    return receivers, senders, ratio, {"log2_products": [float(value) for value in logarithms]}


def _ways(forest: _Forest, a: int, b: int) -> tuple[list[int], list[int]]:
    """Nodes from a, and from b, up to the first that both have above them, without that one."""
    from_a, from_b = [], []
    while a != b:
        if forest.depth[a] >= forest.depth[b]:
            from_a.append(a)
            a = int(forest.parent[a])
        else:
            from_b.append(b)
            b = int(forest.parent[b])
    return from_a, from_b


def _product(values: Weights) -> tuple[float, int]:
    """Product as mantissa and power of two; relative error below EPS / 2 for each factor."""
    mantissas, powers = np.frexp(values)
    power = int(powers.sum(dtype=np.int64))
    while mantissas.size > 1:  # in halves: no product of two mantissas underflows
        if mantissas.size % 2:
            mantissas = np.append(mantissas, 1.0)
        mantissas, powers = np.frexp(mantissas[0::2] * mantissas[1::2])
        power += int(powers.sum(dtype=np.int64))
    return float(mantissas[0]), power


def _names(network: Network, receivers: Ints, senders: Ints) -> tuple[list[str], str]:
    """Neurons along a cycle, as a list and in a sentence; of long cycles the first and the last."""
    steps = list(range(receivers.size))
    if receivers.size > 2 * NAMED:
        steps[NAMED:-NAMED] = []
    names: list[str] = []
    text, before = "", -1
    for k in steps:
        sender, receiver = network.label(int(senders[k])), network.label(int(receivers[k]))
        if k == 0:
            text = sender
        elif k != before + 1:
            text += f" -> ... {sender}"
        elif senders[k] != receivers[before]:
            text += f", {sender}"
        text += f" -> {receiver}"
        names += [sender, receiver]
        before = k
    return list(dict.fromkeys(names))[: 2 * NAMED], text

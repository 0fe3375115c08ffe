"""Factors of the rows of W that make it symmetric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamsim.arrays import Floats
from hamsim.condition import Condition, Symmetry
from hamsim.field.symmetry.forest import grow, number_nodes, signs_and_factors
from hamsim.field.symmetry.pairs import pair_up
from hamsim.field.symmetry.reasons import (
    NAME,
    THEOREM,
    disagreement,
    one_way,
    opposite_signs,
    out_of_range,
    turn_sign,
)
from hamsim.field.symmetry.survey import holds, look_at_all
from hamsim.network import Network, once

__all__ = ["Scaling", "find_scaling"]


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
    defect : float
        Largest relative difference of d_i W_ij and d_j W_ji.
    exact : bool
        Whether that is no more than rounding of the weights explains.
    """

    kind: Symmetry
    scale: Floats
    signs: Floats
    condition: Condition
    defect: float = 0.0
    exact: bool = True


def find_scaling(network: Network) -> Scaling:
    """Scale the rows of W so that it is symmetric, if that is possible; kept with the network.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Scaling

    Notes
    -----
    Weights count as scaled symmetric ones if each differs from that by a relative error of at most
    1e-12 and a rounding error for each synapse of a cycle; `exact` says that a few roundings of
    each weight explain all of it. In O(synapses).
    """
    return once(network, "scaling", lambda: _find(network))


def _find(network: Network) -> Scaling:
    ones = np.ones(network.n_neurons)
    if network.symmetric:
        message = "W is equal to its transpose"
        condition = Condition(NAME, "proved", message, evidence={"largest_defect": 0.0})
        return Scaling("symmetric", ones, ones, condition)
    pairs, alone = pair_up(network.W)
    forest = grow(pairs, number_nodes(network))
    signs, rough = signs_and_factors(pairs, forest)
    survey = look_at_all(pairs, forest)
    if alone is not None:
        return Scaling("none", ones, ones, one_way(network, alone, survey, signs * rough))
    if survey.disagreeing:
        return Scaling("none", ones, ones, disagreement(network, pairs, forest, survey))
    if not holds(pairs, signs, rough, forest):
        return Scaling("none", ones, ones, out_of_range(forest))
    evidence = {
        "largest_defect": survey.largest,
        "smallest_factor": float(rough.min()),
        "largest_factor": float(rough.max()),
    }
    if survey.opposite is not None:
        repair = turn_sign(network, pairs, survey.opposite) if survey.opposites == 1 else ""
        condition = opposite_signs(network, pairs, survey.opposite, evidence, repair=repair)
        return Scaling("signed", rough, signs, condition, survey.largest, survey.rounded)
    message = (
        f"W is symmetric, up to {survey.largest:.2g}, once its rows are multiplied by factors "
        f"from {rough.min():.4g} to {rough.max():.4g}"
    )
    condition = Condition(NAME, "proved", message, evidence=evidence, theorem=THEOREM)
    return Scaling("symmetrizable", rough, ones, condition, survey.largest, survey.rounded)

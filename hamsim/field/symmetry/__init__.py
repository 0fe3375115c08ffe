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

from hamsim.field.symmetry.scaling import Scaling, find_scaling
from hamsim.field.symmetry.survey import TOLERANCE

__all__ = ["TOLERANCE", "Scaling", "find_scaling"]

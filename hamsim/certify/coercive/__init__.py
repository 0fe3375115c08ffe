"""Whether the energy has a lower bound, and whether it grows wherever activations do.

Both are asked of F(g) = L*(g) - I.g - 1/2 g.W g, which is the energy in terms of activations (L* is
the conjugate of L). A lower bound alone does not make networks converge: one softplus neuron with
W = 1 has one and its state still grows without end. What is needed is that {g: F(g) <= c} is
bounded for every c; then F has a lower bound too.

An unbounded activation that grows like |x|^a costs L* of the order |g|^(1 + 1/a), so that each
neuron has a weight e = a / (1 + a) with |g|^(1/e) for its cost: 1/2 for linear growth, 0 for slower
than any power, 1 for exponentials. By Young's inequality a synapse (or a gated one) is cheap if
the weights of its unbounded neurons add up to less than 1, and outruns the cost if to more; at 1
with linear growth on both sides the sizes decide, which is a question of eigenvalues.
"""

from hamsim.certify.coercive.both import coercive

__all__ = ["coercive"]

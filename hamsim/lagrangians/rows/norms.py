"""Euclidean norms of the states of a group."""

from __future__ import annotations

from hamsim.lagrangians.row import Lagrangian, Parameter

__all__ = ["ROWS"]

GAIN = Parameter("gain", 1.0, "factor of the activation", above=0.0)
EPSILON = Parameter("epsilon", 1e-5, "keeps the norm away from 0", at_least=0.0)
DELTA = Parameter("delta", 0.0, "added to the activation", one_a_neuron=True)
SIGMA = Parameter("sigma", 1.0, "semi-saturation: the norm at half effect", at_least=0.0)

ROWS = (
    Lagrangian(
        name="spherical",
        L="gain sqrt(sum_i x_i^2 + epsilon) + delta.x",
        g="gain x_i / sqrt(sum_j x_j^2 + epsilon) + delta_i",
        dual="-gain sqrt(epsilon) sqrt(1 - sum_i ((g_i - delta_i) / gain)^2)",
        written="gain*sqrt(sum(x**2) + epsilon) + sum(delta*x)",
        parameters=(GAIN, EPSILON, DELTA),
        additive=False,
        source="[KH] model C",
        low="delta - gain",
        high="delta + gain",
        growth="0",
        slope="gain / sqrt(epsilon)",
        kernel="state",
        kernel_if="epsilon",
        excess="r**2 / epsilon",
        jumps="1 - sign(epsilon)",
        change="3 / sqrt(epsilon)",
        change_norm="euclidean",
        hessian="norm",
        odd=True,
    ),
    Lagrangian(
        name="layer_norm",
        L="n gain sqrt(var(x) + epsilon) + delta.x, var with 1/n",
        g="gain (x_i - mean(x)) / sqrt(var(x) + epsilon) + delta_i",
        dual="-n gain sqrt(epsilon) sqrt(1 - sum_i ((g_i - delta_i) / gain)^2 / n)",
        written="sum(1)*gain*sqrt(mean((x - mean(x))**2) + epsilon) + sum(delta*x)",
        parameters=(GAIN, EPSILON, DELTA),
        additive=False,
        source="Ba, Kiros and Hinton 2016, arXiv:1607.06450, as a gradient",
        low="delta - gain * sqrt(n - 1)",
        high="delta + gain * sqrt(n - 1)",
        growth="0",
        slope="gain / sqrt(epsilon)",
        kernel="ones",
        jumps="1 - sign(epsilon)",
        change="3 / sqrt(n * epsilon)",
        change_norm="euclidean",
        hessian="norm",
        odd=True,
    ),
    Lagrangian(
        name="rms_norm",
        L="n gain sqrt(mean(x^2) + epsilon)",
        g="gain x_i / sqrt(mean(x^2) + epsilon)",
        dual="-n gain sqrt(epsilon) sqrt(1 - sum_i (g_i / gain)^2 / n)",
        written="sum(1)*gain*sqrt(mean(x**2) + epsilon)",
        parameters=(GAIN, EPSILON),
        additive=False,
        source="layer_norm without its mean",
        low="-gain * sqrt(n)",
        high="gain * sqrt(n)",
        growth="0",
        slope="gain / sqrt(epsilon)",
        kernel="state",
        kernel_if="epsilon",
        excess="r**2 / (n * epsilon)",
        jumps="1 - sign(epsilon)",
        change="3 / sqrt(n * epsilon)",
        change_norm="euclidean",
        hessian="norm",
        odd=True,
    ),
    Lagrangian(
        name="radial",
        L="r - sigma log(1 + r / sigma), r = sqrt(sum_i x_i^2)",
        g="x_i / (sigma + r)",
        dual="sigma (-|g| - log(1 - |g|)), |g| = sqrt(sum_i g_i^2) < 1",
        parameters=(SIGMA,),
        additive=False,
        source="divisive normalisation by the norm",
        low="-1",
        high="1",
        growth="0",
        slope="1 / sigma",
        kernel="state",
        kernel_if="sigma",
        excess="r / sigma",
        jumps="1 - sign(sigma)",
        hessian="norm",
        odd=True,
    ),
)

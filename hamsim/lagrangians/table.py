"""The Lagrangians: names, formulas for people, parameters and proven facts. Data only.

A further family is one `Lagrangian` row here and four formulas, found by its name: ``NAME_L``,
``NAME_g``, ``NAME_h`` and ``NAME_dual`` for an additive one, or ``NAME_activate``,
``NAME_add_dual``, ``NAME_add_lagrangian`` and ``NAME_hessian`` for a collective one, in the file of
this folder that the row names. Tests loop over the table and compare every entry with numbers.

Facts that depend on parameters are expressions in them (`hamsim.expression`), with `n` for the
number of neurons that share the Lagrangian, `r` for the Euclidean norm of their states, and `inf`.
Two idioms stand in for a condition: ``1 / (1 - sign(a))`` is 1 where a = 0 and infinite where
a > 0, ``1 - sign(a)`` is 1 where a = 0 and 0 where a > 0.

Sources: [HAM] Krotov, Hierarchical Associative Memory, arXiv:2107.06446; [KH] Krotov and Hopfield,
Large Associative Memory Problem, arXiv:2008.06996. The facts were derived for this table and are
checked against numbers by its tests.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hamsim.bounds import Bounds

__all__ = ["TABLE", "Lagrangian", "Parameter"]


@dataclass(frozen=True)
class Parameter(Bounds):
    """A number in a Lagrangian, with its bounds.

    Parameters
    ----------
    name : str
    default : float
    meaning : str
    one_a_neuron : bool
        True if neurons that share the Lagrangian may have different values; those of an additive
        one always may.
    """

    name: str
    default: float
    meaning: str
    one_a_neuron: bool = False


@dataclass(frozen=True)
class Lagrangian:
    """One family of Lagrangians and what is known of it.

    Parameters
    ----------
    name : str
        As in files.
    L, g, dual : str
        Formulas for people: the Lagrangian, the activation dL/dx, and the Legendre transform
        L*(g) with its domain, empty where it has no closed form or does not exist.
    parameters : tuple of Parameter
        In the order in which the formulas receive them.
    additive : bool
        True if L is a sum over neurons, so that each neuron is on its own.
    source : str
        Where the family is taken from.
    low, high : str
        Bounds of each neuron's activation.
    growth : str
        Degree a of |g| ~ |x|^a far out: 0 if g is bounded or grows more slowly than any power,
        infinite for exponentials.
    slope : str
        Largest eigenvalue that the Hessian can have, which is the Lipschitz constant of g. For
        entmax, power_norm and lp_norm no more than a bound of it.
    least : str
        Smallest eigenvalue that the Hessian can have.
    convex_from : float or None
        L is convex where all x are at least this: minus infinity if everywhere, infinity if
        nowhere known, None if undecided.
    far_slope : str
        For growth 1: the largest limit of |g| / |x|; otherwise empty.
    kernel : {"", "ones", "support", "state"}
        What the Hessian maps to 0 in every state: equal shifts of all neurons, equal shifts of
        the neurons with g > 0, or the state itself.
    kernel_if : str
        Name of a parameter that must be 0 for that; empty if it always holds.
    excess : str
        Bound of the Hessian's condition number less 1, which may be far below the rounding of
        1; empty if there is none.
    kinks : bool
        True if the Hessian, or g itself, jumps somewhere.
    module : str
        File of the formulas in this folder.
    formula : str
        The user's expression; empty for the families of the table.
    domain : (float, float)
        Of a formula: the states for which all facts hold.
    lipschitz : bool
        Of a formula: whether g is proved to be locally Lipschitz.
    h, witness : str
        Of a formula: the Hessian that was derived, and a state that shows that L is not convex.
    """

    name: str
    L: str
    g: str
    dual: str
    parameters: tuple[Parameter, ...]
    additive: bool
    source: str
    low: str
    high: str
    growth: str
    slope: str
    least: str = "0"
    convex_from: float | None = -math.inf
    far_slope: str = ""
    kernel: str = ""
    kernel_if: str = ""
    excess: str = ""
    kinks: bool = False
    module: str = "unbounded"
    formula: str = ""
    domain: tuple[float, float] = (-math.inf, math.inf)
    lipschitz: bool = False
    h: str = ""
    witness: str = ""

    @property
    def convex(self) -> bool | None:
        """True if L is convex everywhere, False if it is not, None if undecided."""
        return None if self.convex_from is None else self.convex_from == -math.inf

    @property
    def condition(self) -> str:
        """Bound of the Hessian's condition number; empty if there is none."""
        return f"1 + {self.excess}" if self.excess else ""


_BETA = Parameter("beta", 1.0, "inverse temperature: how steep the activation is", above=0.0)
_GAIN = Parameter("gain", 1.0, "factor of the activation", above=0.0)
_EPSILON = Parameter("epsilon", 1e-5, "keeps the norm away from 0", at_least=0.0)
_DELTA = Parameter("delta", 0.0, "added to the activation", one_a_neuron=True)
_SIGMA = Parameter("sigma", 1.0, "semi-saturation: the norm at half effect", at_least=0.0)

_ADDITIVE = (
    Lagrangian(
        name="identity",
        L="gain x^2 / 2",
        g="gain x",
        dual="g^2 / (2 gain)",
        parameters=(Parameter("gain", 1.0, "slope of the activation", above=0.0),),
        additive=True,
        source="[HAM] eq. 13",
        low="-inf",
        high="inf",
        growth="1",
        slope="gain",
        least="gain",
        far_slope="gain",
    ),
    Lagrangian(
        name="relu",
        L="max(x, 0)^2 / 2",
        g="max(x, 0)",
        dual="g^2 / 2, g >= 0",
        parameters=(),
        additive=True,
        source="[HAM] eq. 10",
        low="0",
        high="inf",
        growth="1",
        slope="1",
        far_slope="1",
        kinks=True,
    ),
    Lagrangian(
        name="leaky_relu",
        L="x^2 / 2 for x > 0, slope x^2 / 2 else",
        g="x for x > 0, slope x else",
        dual="g^2 / 2 for g > 0, g^2 / (2 slope) else",
        parameters=(Parameter("slope", 0.01, "slope for x < 0", above=0.0),),
        additive=True,
        source="[HAM] eq. 10",
        low="-inf",
        high="inf",
        growth="1",
        slope="max(1, slope)",
        least="min(1, slope)",
        far_slope="max(1, slope)",
        kinks=True,
    ),
    Lagrangian(
        name="elu",
        L="x^2 / 2 for x > 0, slope (exp(x) - x - 1) else",
        g="x for x > 0, slope (exp(x) - 1) else",
        dual="g^2 / 2 for g > 0, (g + slope) log(1 + g / slope) - g else, g >= -slope",
        parameters=(Parameter("slope", 1.0, "slope just below 0", above=0.0),),
        additive=True,
        source="[HAM] eq. 10",
        low="-slope",
        high="inf",
        growth="1",
        slope="max(1, slope)",
        far_slope="1",
        kinks=True,
    ),
    Lagrangian(
        name="rectified_polynomial",
        L="max(x, 0)^degree / degree",
        g="max(x, 0)^(degree - 1)",
        dual="(degree - 1) / degree g^(degree / (degree - 1)), g >= 0",
        parameters=(Parameter("degree", 3.0, "degree of L", at_least=2.0),),
        additive=True,
        source="[KH] model A",
        low="0",
        high="inf",
        growth="degree - 1",
        slope="1 / (1 - sign(degree - 2))",
        far_slope="1",
        kinks=True,
    ),
    Lagrangian(
        name="power",
        L="|x|^degree / degree",
        g="sign(x) |x|^(degree - 1)",
        dual="(degree - 1) / degree |g|^(degree / (degree - 1))",
        parameters=(Parameter("degree", 4.0, "degree of L", above=1.0),),
        additive=True,
        source="[KH] model A",
        low="-inf",
        high="inf",
        growth="degree - 1",
        slope="1 / (1 - abs(sign(degree - 2)))",
        least="1 - abs(sign(degree - 2))",
        far_slope="1",
    ),
    Lagrangian(
        name="exponential",
        L="exp(beta x) / beta",
        g="exp(beta x)",
        dual="(g log(g) - g) / beta, g >= 0",
        parameters=(_BETA,),
        additive=True,
        source="Demircigil et al. 2017, arXiv:1702.01929, as a Lagrangian",
        low="0",
        high="inf",
        growth="inf",
        slope="inf",
    ),
    Lagrangian(
        name="rectified_exponential",
        L="exp(beta r) / beta - r, r = max(x, 0)",
        g="exp(beta r) - 1",
        dual="((1 + g) log(1 + g) - (1 + g)) / beta, g >= 0",
        parameters=(_BETA,),
        additive=True,
        source="exponential, silent below 0",
        low="0",
        high="inf",
        growth="inf",
        slope="inf",
        kinks=True,
    ),
    Lagrangian(
        name="softplus",
        L="-Li2(-exp(beta x)) / beta^2",
        g="log(1 + exp(beta x)) / beta",
        dual="g^2 / 2 + (Li2(exp(-beta g)) - pi^2 / 6) / beta^2, g >= 0",
        parameters=(_BETA,),
        additive=True,
        source="integral of the activation",
        low="0",
        high="inf",
        growth="1",
        slope="1",
        far_slope="1",
    ),
    Lagrangian(
        name="sigmoid",
        L="log(1 + exp(beta x)) / beta",
        g="1 / (1 + exp(-beta x))",
        dual="(g log(g) + (1 - g) log(1 - g)) / beta, 0 <= g <= 1",
        parameters=(_BETA,),
        additive=True,
        source="[HAM] eq. 10",
        low="0",
        high="1",
        growth="0",
        slope="beta / 4",
        module="bounded",
    ),
    Lagrangian(
        name="tanh",
        L="log(cosh(beta x)) / beta",
        g="tanh(beta x)",
        dual="((1 + g) log(1 + g) + (1 - g) log(1 - g)) / (2 beta), |g| <= 1",
        parameters=(_BETA,),
        additive=True,
        source="[HAM] eq. 10",
        low="-1",
        high="1",
        growth="0",
        slope="beta",
        module="bounded",
    ),
    Lagrangian(
        name="hard_tanh",
        L="x^2 / 2 for |x| < 1, |x| - 1/2 else",
        g="x cut to -1 .. 1",
        dual="g^2 / 2, |g| <= 1",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-1",
        high="1",
        growth="0",
        slope="1",
        kinks=True,
        module="bounded",
    ),
    Lagrangian(
        name="clipped_relu",
        L="c^2 / 2 + ceiling max(x - ceiling, 0), c = g",
        g="x cut to 0 .. ceiling",
        dual="g^2 / 2, 0 <= g <= ceiling",
        parameters=(Parameter("ceiling", 1.0, "where the activation saturates", above=0.0),),
        additive=True,
        source="integral of the activation",
        low="0",
        high="ceiling",
        growth="0",
        slope="1",
        kinks=True,
        module="bounded",
    ),
    Lagrangian(
        name="arctan",
        L="x arctan(x) - log(1 + x^2) / 2",
        g="arctan(x)",
        dual="-log(cos(g)), |g| < pi / 2",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-pi / 2",
        high="pi / 2",
        growth="0",
        slope="1",
        module="bounded",
    ),
    Lagrangian(
        name="erf",
        L="x erf(x) + exp(-x^2) / sqrt(pi)",
        g="erf(x)",
        dual="-exp(-erfinv(g)^2) / sqrt(pi), |g| <= 1",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-1",
        high="1",
        growth="0",
        slope="2 / sqrt(pi)",
        module="bounded",
    ),
    Lagrangian(
        name="hill",
        L="integral of g from 0 to x",
        g="y^exponent / (1 + y^exponent), y = max(x, 0) / half",
        dual="half B(g; 1 + 1/exponent, 1 - 1/exponent), 0 <= g < 1",
        parameters=(
            Parameter("exponent", 2.0, "how steep the activation is", at_least=1.0),
            Parameter("half", 1.0, "state at which the activation is 1/2", above=0.0),
        ),
        additive=True,
        source="Naka and Rushton 1966; Hill 1910",
        low="0",
        high="1",
        growth="0",
        slope="(exponent - 1)**((exponent - 1) / exponent)"
        " * (exponent + 1)**((exponent + 1) / exponent) / (4 * exponent * half)",
        kinks=True,
        module="bounded",
    ),
    Lagrangian(
        name="relativistic",
        L="sqrt(1 + x^2)",
        g="x / sqrt(1 + x^2)",
        dual="-sqrt(1 - g^2), |g| <= 1",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-1",
        high="1",
        growth="0",
        slope="1",
        module="bounded",
    ),
    Lagrangian(
        name="softsign",
        L="|x| - log(1 + |x|)",
        g="x / (1 + |x|)",
        dual="-|g| - log(1 - |g|), |g| < 1",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-1",
        high="1",
        growth="0",
        slope="1",
        module="bounded",
    ),
    Lagrangian(
        name="asinh",
        L="x asinh(x) - sqrt(1 + x^2)",
        g="asinh(x)",
        dual="cosh(g)",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-inf",
        high="inf",
        growth="0",
        slope="1",
    ),
    Lagrangian(
        name="compressive",
        L="2/3 ((1 + |x|)^(3/2) - 1) - |x|",
        g="sign(x) (sqrt(1 + |x|) - 1)",
        dual="|g|^3 / 3 + g^2",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-inf",
        high="inf",
        growth="1 / 2",
        slope="1 / 2",
    ),
    Lagrangian(
        name="soft_threshold",
        L="max(|x| - threshold, 0)^2 / 2",
        g="sign(x) max(|x| - threshold, 0)",
        dual="g^2 / 2 + threshold |g|",
        parameters=(Parameter("threshold", 1.0, "largest state without effect", at_least=0.0),),
        additive=True,
        source="Rozell et al. 2008, Neural Computation 20:2526",
        low="-inf",
        high="inf",
        growth="1",
        slope="1",
        least="1 - sign(threshold)",
        far_slope="1",
        kinks=True,
    ),
    Lagrangian(
        name="sign",
        L="|x|",
        g="sign(x)",
        dual="0, |g| <= 1",
        parameters=(),
        additive=True,
        source="[KH] model A: the limit of tanh at infinite beta",
        low="-1",
        high="1",
        growth="0",
        slope="inf",
        kinks=True,
        module="bounded",
    ),
    Lagrangian(
        name="step",
        L="max(x, 0)",
        g="1 for x > 0, 0 else",
        dual="0, 0 <= g <= 1",
        parameters=(),
        additive=True,
        source="the limit of sigmoid at infinite beta",
        low="0",
        high="1",
        growth="0",
        slope="inf",
        kinks=True,
        module="bounded",
    ),
    Lagrangian(
        name="swish",
        L="x log(1 + exp(x)) + Li2(-exp(x))",
        g="x / (1 + exp(-x))",
        dual="",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-0.278464542761074",
        high="inf",
        growth="1",
        slope="1.099839320128867",
        least="-0.099839320128867",
        convex_from=-1.278464542761073,
        far_slope="1",
    ),
    Lagrangian(
        name="gelu",
        L="((x^2 - 1) Phi(x) + x phi(x)) / 2, phi and Phi of the normal distribution",
        g="x Phi(x)",
        dual="",
        parameters=(),
        additive=True,
        source="integral of the activation",
        low="-0.169971207479904",
        high="inf",
        growth="1",
        slope="1.128904145185155",
        least="-0.128904145185155",
        convex_from=-0.751791524693564,
        far_slope="1",
    ),
    Lagrangian(
        name="cubic",
        L="x^3 / 3",
        g="x^2",
        dual="",
        parameters=(),
        additive=True,
        source="an odd power: not convex below 0",
        low="0",
        high="inf",
        growth="2",
        slope="inf",
        least="-inf",
        convex_from=0.0,
    ),
)

_COLLECTIVE = (
    Lagrangian(
        name="softmax",
        L="log(sum_i exp(beta x_i)) / beta",
        g="exp(beta x_i) / sum_j exp(beta x_j)",
        dual="sum_i g_i log(g_i) / beta, g in the simplex",
        parameters=(_BETA,),
        additive=False,
        source="[HAM] eq. 13",
        low="0",
        high="1",
        growth="0",
        slope="beta / 2",
        kernel="ones",
        module="softmaxes",
    ),
    Lagrangian(
        name="ghostmax",
        L="log(1 + sum_i exp(beta x_i)) / beta",
        g="exp(beta x_i) / (1 + sum_j exp(beta x_j))",
        dual="(sum_i g_i log(g_i) + s log(s)) / beta, s = 1 - sum_i g_i >= 0",
        parameters=(_BETA,),
        additive=False,
        source="softmax with one more, silent unit",
        low="0",
        high="1",
        growth="0",
        slope="beta / 2",
        module="softmaxes",
    ),
    Lagrangian(
        name="softmax_ridge",
        L="log(sum_i exp(beta x_i)) / beta + epsilon sum_i x_i^2 / 2",
        g="exp(beta x_i) / sum_j exp(beta x_j) + epsilon x_i",
        dual="",
        parameters=(_BETA, Parameter("epsilon", 1e-5, "slope of the linear part", at_least=0.0)),
        additive=False,
        source="softmax made strictly convex",
        low="1 - 1 / (1 - sign(epsilon))",
        high="1 / (1 - sign(epsilon))",
        growth="sign(epsilon)",
        slope="beta / 2 + epsilon",
        least="epsilon",
        far_slope="epsilon",
        kernel="ones",
        kernel_if="epsilon",
        excess="beta / (2 * epsilon)",
        module="softmaxes",
    ),
    Lagrangian(
        name="sparsemax",
        L="x.g - sum_i g_i^2 / 2",
        g="projection of x onto the simplex",
        dual="sum_i g_i^2 / 2, g in the simplex",
        parameters=(),
        additive=False,
        source="Martins and Astudillo 2016, arXiv:1602.02068",
        low="0",
        high="1",
        growth="0",
        slope="1",
        kernel="support",
        kinks=True,
        module="sparsemax",
    ),
    Lagrangian(
        name="entmax",
        L="x.g - sum_i g_i^alpha / (alpha (alpha - 1))",
        g="max((alpha - 1) (x_i - t), 0)^(1 / (alpha - 1)), t so that the sum is 1",
        dual="sum_i g_i^alpha / (alpha (alpha - 1)), g in the simplex",
        parameters=(
            Parameter("alpha", 1.5, "from dense (1) to sparse (2)", above=1.0, at_most=2.0),
        ),
        additive=False,
        source="Peters, Niculae and Martins 2019, arXiv:1905.05702",
        low="0",
        high="1",
        growth="0",
        slope="1",
        kernel="support",
        kinks=True,
        module="sparsemax",
    ),
    Lagrangian(
        name="spherical",
        L="gain sqrt(sum_i x_i^2 + epsilon) + delta.x",
        g="gain x_i / sqrt(sum_j x_j^2 + epsilon) + delta_i",
        dual="-gain sqrt(epsilon) sqrt(1 - sum_i ((g_i - delta_i) / gain)^2)",
        parameters=(_GAIN, _EPSILON, _DELTA),
        additive=False,
        source="[KH] model C",
        low="delta - gain",
        high="delta + gain",
        growth="0",
        slope="gain / sqrt(epsilon)",
        kernel="state",
        kernel_if="epsilon",
        excess="r**2 / epsilon",
        module="norms",
    ),
    Lagrangian(
        name="layer_norm",
        L="n gain sqrt(var(x) + epsilon) + delta.x, var with 1/n",
        g="gain (x_i - mean(x)) / sqrt(var(x) + epsilon) + delta_i",
        dual="-n gain sqrt(epsilon) sqrt(1 - sum_i ((g_i - delta_i) / gain)^2 / n)",
        parameters=(_GAIN, _EPSILON, _DELTA),
        additive=False,
        source="Ba, Kiros and Hinton 2016, arXiv:1607.06450, as a gradient",
        low="delta - gain * sqrt(n - 1)",
        high="delta + gain * sqrt(n - 1)",
        growth="0",
        slope="gain / sqrt(epsilon)",
        kernel="ones",
        module="norms",
    ),
    Lagrangian(
        name="rms_norm",
        L="n gain sqrt(mean(x^2) + epsilon)",
        g="gain x_i / sqrt(mean(x^2) + epsilon)",
        dual="-n gain sqrt(epsilon) sqrt(1 - sum_i (g_i / gain)^2 / n)",
        parameters=(_GAIN, _EPSILON),
        additive=False,
        source="layer_norm without its mean",
        low="-gain * sqrt(n)",
        high="gain * sqrt(n)",
        growth="0",
        slope="gain / sqrt(epsilon)",
        kernel="state",
        kernel_if="epsilon",
        excess="r**2 / (n * epsilon)",
        module="norms",
    ),
    Lagrangian(
        name="power_norm",
        L="(sigma^degree + sum_i |x_i|^degree)^(1 / degree)",
        g="sign(x_i) |x_i|^(degree - 1) / (sigma^degree + sum_j |x_j|^degree)"
        "^((degree - 1) / degree)",
        dual="-sigma (1 - sum_i |g_i|^q)^(1 / q), q = degree / (degree - 1)",
        parameters=(Parameter("degree", 2.0, "power of the states", at_least=2.0), _SIGMA),
        additive=False,
        source="divisive normalisation (Carandini and Heeger 2012) in the form that is a gradient",
        low="-1",
        high="1",
        growth="0",
        slope="(degree - 1)**(1 / degree) * (degree - 2)**((degree - 2) / degree) / sigma",
        kernel="state",
        kernel_if="sigma",
        module="norms",
    ),
    Lagrangian(
        name="radial",
        L="r - sigma log(1 + r / sigma), r = sqrt(sum_i x_i^2)",
        g="x_i / (sigma + r)",
        dual="sigma (-|g| - log(1 - |g|)), |g| = sqrt(sum_i g_i^2) < 1",
        parameters=(_SIGMA,),
        additive=False,
        source="divisive normalisation by the norm",
        low="-1",
        high="1",
        growth="0",
        slope="1 / sigma",
        kernel="state",
        kernel_if="sigma",
        excess="r / sigma",
        module="norms",
    ),
    Lagrangian(
        name="lp_norm",
        L="(sum_i |x_i|^degree)^(2 / degree) / 2",
        g="N^(2 - degree) sign(x_i) |x_i|^(degree - 1), N = (sum_j |x_j|^degree)^(1 / degree)",
        dual="(sum_i |g_i|^q)^(2 / q) / 2, q = degree / (degree - 1)",
        parameters=(Parameter("degree", 4.0, "power of the states", at_least=2.0),),
        additive=False,
        source="half the square of a norm",
        low="-inf",
        high="inf",
        growth="1",
        slope="degree - 1",
        least="1 - sign(degree - 2)",
        far_slope="1",
        module="norms",
    ),
)

TABLE: Mapping[str, Lagrangian] = MappingProxyType(
    {row.name: row for row in (*_ADDITIVE, *_COLLECTIVE)}
)

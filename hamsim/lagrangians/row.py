"""One family of Lagrangians: formulas for people, parameters, and all that is known of it.

Facts that depend on parameters are expressions in them (`hamsim.expression`), with `n` for the
number of neurons that share the Lagrangian, `r` for the Euclidean norm of their states, and `inf`.
Two idioms stand in for a condition: ``1 / (1 - sign(a))`` is 1 where a = 0 and infinite where
a > 0, ``1 - sign(a)`` is 1 where a = 0 and 0 where a > 0.

Sources of the rows: [HAM] Krotov, Hierarchical Associative Memory, arXiv:2107.06446; [KH] Krotov
and Hopfield, Large Associative Memory Problem, arXiv:2008.06996. The facts were derived for the
rows and are checked against numbers by their tests; of a user's formula they are derived from it
(`hamsim.formula.proof`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from hamsim.bounds import Bounds

__all__ = ["Lagrangian", "Parameter"]


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
        infinite for exponentials. Empty if not known.
    slope : str
        Largest eigenvalue that the Hessian can have, which is the Lipschitz constant of g. For
        entmax, power_norm and lp_norm no more than a bound of it.
    least : str
        Smallest eigenvalue that the Hessian can have.
    convex_from : float or None
        L is convex where all x are at least this: minus infinity if everywhere, infinity if
        nowhere known, None if undecided.
    written : str
        The family as a user's formula, up to a constant; empty where their language has no words
        for it.
    far_slopes : (str, str)
        For growth 1: the limits of g / x at minus and plus infinity of an additive family, and
        the largest limit of |g| / |x| twice of a collective one; otherwise empty.
    jumps : str
        1 where g jumps in some state, 0 where it is continuous.
    steeper : str
        1 where the slope has no bound, but is on every interval largest at one of its ends, 0
        otherwise.
    breaks, slopes : tuple of str
        Where an activation that is linear in between bends or jumps, and its slopes there, one
        more; empty for others.
    change : str
        m with |d/ds v.H(x + s z) v| <= m |z| v.H v for all x, z and v; empty if none is known.
    change_norm : {"largest", "euclidean"}
        What |z| is in that: the largest entry, or the Euclidean norm.
    row_sum : str
        Bound of the absolute row sums of the Hessian; empty if none but that of norms is known.
    kernel : {"", "ones", "support", "state"}
        What the Hessian maps to 0 in every state: equal shifts of all neurons, equal shifts of
        the neurons with g > 0, or the state itself.
    kernel_if : str
        Name of a parameter that must be 0 for that; empty if it always holds.
    excess : str
        Bound of the Hessian's condition number less 1, which may be far below the rounding of
        1; empty if there is none.
    hessian : {"", "shares", "support", "norm"}
        What the Hessian of a collective family is made of: a covariance of shares, such of the
        neurons with g > 0 alone, or diag(d) - u u' with d of the size of g / x, of which almost
        all cancels along the state.
    common : {"", "weighted", "orthogonal"}
        How time constants of its neurons may differ so that the energy still falls, if they share
        it: v is split into a part that they have in common, the projection `NAME_common`, and the
        rest. With "orthogonal" it is symmetric; empty if none is known.
    common_unless : str
        1 where the parameters are such that there is none, 0 otherwise.
    competitive : bool
        True if an activation never rises with the state of another neuron.
    odd : bool
        True if g(x) + g(-x) is the same for all x other than 0.
    rising : bool
        True if L(x) is at most L(r) for all |x| <= r.
    inverse : {"", "linear", "conjugate"}
        How the states of a collective family far out are found from activations: they are these
        over their far slope, or the gradient of half the square of the conjugate norm.
    floor : str
        Of a Lagrangian that is not convex: c with x g - L >= g^2 / 2 + c in every state; empty if
        none is known.
    sinks : {-1, 0, 1}
        On which side x g - L falls without end; 0 if on none that is known.
    steepness : str
        beta where L is log(k + sum_i exp(beta x_i)) / beta; empty for all others.
    silent : int
        k of that: how many silent neurons are counted.
    rounding : float
        Bound of the rounding of g, relative to 1 + |g|.
    kinks : bool
        True if the Hessian, or g itself, jumps somewhere.
    module : str
        File of the formulas in this folder; the table knows it from the file of the row.
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
    written: str = ""
    far_slopes: tuple[str, str] | tuple[()] = ()
    jumps: str = "0"
    steeper: str = "0"
    breaks: tuple[str, ...] = ()
    slopes: tuple[str, ...] = ()
    change: str = ""
    change_norm: Literal["largest", "euclidean"] = "largest"
    row_sum: str = ""
    kernel: str = ""
    kernel_if: str = ""
    excess: str = ""
    hessian: Literal["", "shares", "support", "norm"] = ""
    common: Literal["", "weighted", "orthogonal"] = ""
    common_unless: str = "0"
    competitive: bool = False
    odd: bool = False
    rising: bool = False
    inverse: Literal["", "linear", "conjugate"] = ""
    floor: str = ""
    sinks: Literal[-1, 0, 1] = 0
    steepness: str = ""
    silent: int = 0
    rounding: float = 1e-14
    kinks: bool = False
    module: str = ""
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
    def everywhere(self) -> bool:
        """Whether the facts hold in all states."""
        return self.domain == (-math.inf, math.inf)

    @property
    def two_valued(self) -> bool:
        """Whether an activation is one of two values in all states but 0."""
        return self.jumps == "1" and self.breaks == ("0",) and self.slopes == ("0", "0")

    @property
    def linear(self) -> bool:
        """Whether g is known to be the state times a number."""
        return self.additive and self.slope != "" and self.least == self.slope

    @property
    def far_slope(self) -> str:
        """For growth 1 the largest limit of |g| / |x|; empty for others."""
        if not self.far_slopes:
            return ""
        below, above = self.far_slopes
        return above if below in ("0", above) else f"max({above}, {below})"

    @property
    def condition(self) -> str:
        """Bound of the Hessian's condition number; empty if there is none."""
        return f"1 + {self.excess}" if self.excess else ""

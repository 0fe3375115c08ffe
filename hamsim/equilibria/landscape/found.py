"""What is known of a network's attractors after many starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats, Ints
from hamsim.counted import counted
from hamsim.drawable import Drawable
from hamsim.equilibria.landscape.tree import Tree
from hamsim.network import Network
from hamsim.shown import Shown

if TYPE_CHECKING:
    from hamsim.equilibria.landscape.matching import Matcher
    from hamsim.equilibria.linear.stable import Stability

__all__ = ["CONTINUOUS", "CYCLE", "Attractors", "Saddles"]

# Kinds of attractors beside those that `stability` knows of single rest states.
CONTINUOUS, CYCLE = "continuous", "cycle"


@dataclass(frozen=True, eq=False)
class Saddles:
    """Rest states with one unstable direction, and what they join.

    Parameters
    ----------
    x : ndarray, shape (saddles, n)
    energy : ndarray, shape (saddles,)
    joins : ndarray of int, shape (saddles, 2)
        The attractors to which the two sides of the unstable direction go; -1 where one does not
        come to rest.
    rate : ndarray, shape (saddles,)
        How fast a state leaves: the positive eigenvalue.
    """

    x: Floats
    energy: Floats
    joins: Ints
    rate: Floats

    def __len__(self) -> int:
        return len(self.x)

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers and lists."""
        names = ("x", "energy", "joins", "rate")
        return {name: getattr(self, name).tolist() for name in names}


@dataclass(frozen=True, eq=False)
class Attractors(Shown, Drawable):
    """Where a network ends: rest states, continuous attractors and limit cycles.

    Sorted by how many starts came to each, and by energy where these are as many. Arrays have one
    entry an attractor.

    Parameters
    ----------
    x : ndarray, shape (attractors, n)
        The rest state; of a continuous attractor the member of lowest energy that was found, of a
        cycle a state on it.
    energy : ndarray
        Energy there, NaN of cycles. Nothing says that it falls where W is not symmetric.
    count : ndarray of int
        Starts that came to it. 0 of minima that only a saddle led to.
    share, share_low, share_high : ndarray
        Part of all starts, and the ends of its 95 % interval (Wilson).
    kind : tuple of str
        As of `stability`, or "continuous" or "cycle".
    stability : tuple of Stability or None
        Of the rest state in `x`; None of cycles.
    dimension : ndarray of int
        0 of single rest states, 1 of cycles; of a continuous attractor how many directions lead
        along it.
    drift : ndarray
        Of a continuous attractor the fastest motion along it that was seen, as a part of its
        diameter, in the time in which states come to it: 0 if all its states rest. NaN of others.
    period, amplitude : ndarray
        Of cycles: half of the way between the largest and the smallest state of the neuron that
        swings most. NaN of others.
    members : tuple of ndarray, each of shape (some, n)
        The different rest states of each, or states along the cycle.
    labels : ndarray of int, shape (starts,)
        Number of the attractor that each start came to; -1 of those that came to none.
    basin : ndarray of str, shape (starts,)
        What is known of how the start belongs to it: "certified", "followed" or "unknown"; see
        `FixedPoint`.
    unseen, unseen_high : float
        Estimated share of all basins that no start lies in (Good and Turing), and the upper end of
        its one-sided 95 % interval. They, and shares, are about the starts' distribution, and mean
        nothing where starts were not drawn at random.
    unseen_count : float
        How many attractors were not seen at least, as an estimate (Chao).
    saddles : Saddles or None
        None if they were not asked for.
    tree : Tree or None
        At which energy minima come together.
    interrupted : bool
        Whether Ctrl-C came; what is here is of the starts that were followed before it, each rest
        state for itself where continuous attractors and limit cycles had not been looked for.
    asked : int
        Starts that were asked for; as many were followed as there are labels.
    notes : tuple of str
        What is to be said of the network as it was taken.
    network : Network or None
        Whose attractors these are.
    """

    x: Floats
    energy: Floats
    count: Ints
    share: Floats
    share_low: Floats
    share_high: Floats
    kind: tuple[str, ...]
    stability: tuple[Stability | None, ...]
    dimension: Ints
    drift: Floats
    period: Floats
    amplitude: Floats
    members: tuple[Floats, ...]
    labels: Ints
    basin: np.ndarray
    unseen: float
    unseen_high: float
    unseen_count: float
    saddles: Saddles | None = None
    tree: Tree | None = None
    interrupted: bool = False
    asked: int = 0
    notes: tuple[str, ...] = ()
    matcher: Matcher | None = field(default=None, repr=False)
    network: Network | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def starts(self) -> int:
        """Starts that were followed."""
        return int(self.labels.size)

    @property
    def unresolved(self) -> int:
        """Starts that came neither to rest nor to a limit cycle."""
        return int(np.count_nonzero(self.labels < 0))

    @property
    def basins(self) -> Mapping[str, int]:
        """How many starts belong to their attractor in which sense."""
        words, counts = np.unique(self.basin, return_counts=True)
        found = dict(zip(words.tolist(), counts.tolist(), strict=True))
        return {word: found.get(word, 0) for word in ("certified", "followed", "unknown")}

    def label_of(self, start: ArrayLike | Any) -> Any:
        """Follow a start, or several, and say to which attractor they come.

        Parameters
        ----------
        start : array_like, shape (n,) or (trials, n), or mapping
            As `initial` of `hamsim.simulate`.

        Returns
        -------
        int, or ndarray of int of shape (trials,)
            -1 where it comes to none of them.
        """
        assert self.matcher is not None
        return self.matcher.label_of(start)

    def __repr__(self) -> str:
        what = f"{len(self):,} of {counted(self.starts, 'start')}"
        return f"<Attractors: {what}, {self.unresolved:,} of these unresolved>"

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers, text and lists."""
        arrays = ("x", "energy", "count", "share", "share_low", "share_high", "dimension", "drift")
        found: dict[str, Any] = {
            name: getattr(self, name).tolist() for name in (*arrays, "period", "amplitude")
        }
        found["kind"] = list(self.kind)
        found["stability"] = [each and each.to_dict() for each in self.stability]
        found["members"] = [len(some) for some in self.members]
        found |= {
            "starts": self.starts,
            "asked": self.asked,
            "unresolved": self.unresolved,
            "basins": self.basins,
        }
        found |= {"labels": self.labels.tolist(), "unseen": self.unseen}
        found |= {"unseen_high": self.unseen_high, "unseen_count": self.unseen_count}
        found["saddles"] = self.saddles and self.saddles.to_dict()
        found["tree"] = self.tree and self.tree.to_dict()
        found |= {"interrupted": self.interrupted, "notes": list(self.notes)}
        return found

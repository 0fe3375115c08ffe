"""Attractors: what is told of them, and their table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamsim.counted import counted
from hamsim.equilibria.landscape.found import CONTINUOUS, CYCLE, Attractors
from hamsim.equilibria.planes import Basins
from hamsim.network import Network
from hamsim.report.sections import Fact, Section
from hamsim.report.words import named

__all__ = ["AttractorsReport", "BasinsReport"]

MOST_TOLD = 40  # attractors and saddles
ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class AttractorsReport:
    """The attractors of a network in words.

    Parameters
    ----------
    network : Network or None
    found : Attractors
    """

    network: Network | None
    found: Attractors

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return self.found.to_dict()

    def sections(self) -> tuple[Section, ...]:
        """What was found in all, the attractors, and the saddles."""
        found = self.found
        about = f"{counted(len(found), 'attractor')} of {counted(found.starts, 'start')}"
        if found.asked > found.starts:
            about += f", of {found.asked:,} that were asked for"
        head = Section(named(self.network.name if self.network else ""), (Fact("", about, about),))
        columns: tuple[str, ...] = ("attractor", "share", "95 %", "energy", "kind", "rate", "")
        rows: tuple[tuple[str, ...], ...] = tuple(
            _row(found, k) for k in range(min(len(found), MOST_TOLD))
        )
        if not any(row[-1] for row in rows):
            columns, rows = columns[:-1], tuple(row[:-1] for row in rows)
        facts = []
        if len(found) > MOST_TOLD:
            facts.append(_fact(f"and {len(found) - MOST_TOLD:,} more attractors; --json has all"))
        table = Section("", tuple(facts), columns, rows)
        parts = [head, table]
        if found.saddles is not None:
            parts.append(_saddles(found))
        return (*parts, Section("", tuple(_facts(found))))


def _fact(words: str, name: str = "") -> Fact:
    return Fact(name, words, words)


def _percent(share: float) -> str:
    """An estimate of a share, in two digits."""
    return f"{100.0 * share:.2g} %" if share < 0.995 else "100 %"


def _energy(value: float) -> str:
    """An energy in a table; below rounding it is 0."""
    if not np.isfinite(value):
        return ""
    return f"{value:.8g}" if abs(value) > ROUNDING else "0"


def _row(found: Attractors, k: int) -> tuple[str, ...]:
    energy, here = found.energy[k], found.stability[k]
    kind, more = found.kind[k], ""
    if kind == CYCLE:
        more = f"period {found.period[k]:.6g}, amplitude {found.amplitude[k]:.4g}"
    elif kind == CONTINUOUS:
        more = f"dimension {found.dimension[k]}, {counted(len(found.members[k]), 'state')} seen"
        more += f", drift {found.drift[k]:.1e}"
    elif here is not None and here.index:
        more = f"{here.index} unstable"
    if found.count[k] == 0:
        more = f"{more}, found from a saddle" if more else "found from a saddle"
    return (
        str(k),
        f"{100.0 * found.share[k]:.1f} %",
        f"{100.0 * found.share_low[k]:.1f} to {100.0 * found.share_high[k]:.1f}",
        _energy(energy),
        kind,
        "" if here is None else f"{here.rate:.4g}",
        more,
    )


def _saddles(found: Attractors) -> Section:
    """The saddles, lowest first."""
    between, tree = found.saddles, found.tree
    assert between is not None
    if len(between) == 0:
        return Section("", (_fact("no saddles were found"),))
    rows = []
    for k in range(min(len(between), MOST_TOLD)):
        joins = " and ".join("?" if a < 0 else str(a) for a in between.joins[k].tolist())
        rows.append((str(k), _energy(between.energy[k]), joins, f"{between.rate[k]:.4g}"))
    facts = []
    if len(between) > MOST_TOLD:
        facts.append(_fact(f"and {len(between) - MOST_TOLD:,} more saddles; --json has all"))
    if tree is not None and len(tree.roots) > 1:
        facts.append(_fact(f"{len(tree.roots)} parts of the minima are not joined by them"))
    columns = ("saddle", "energy", "joins", "rate")
    return Section("saddles", tuple(facts), columns, tuple(rows))


def _facts(found: Attractors) -> list[Fact]:
    """What is known of the starts in all."""
    words = f"{_percent(found.unseen)} of all basins, at most {_percent(found.unseen_high)}"
    if found.unseen_count > 0:
        words += f", about {counted(round(found.unseen_count), 'attractor')} or more"
    facts = [_fact(words, "unseen")]
    basins = [f"{count:,} {word}" for word, count in found.basins.items() if count]
    facts.append(_fact(", ".join(basins) or "none", "basins"))
    if found.unresolved:
        some = counted(found.unresolved, "start")
        facts.append(_fact(f"{some} came neither to rest nor to a limit cycle", "lost"))
    if found.interrupted:
        facts.append(_fact("Ctrl-C came: this is of what was found until then", "note"))
    return facts + [_fact(note, "note") for note in found.notes]


@dataclass(frozen=True, eq=False)
class BasinsReport:
    """The basins in a plane in words.

    Parameters
    ----------
    network : Network or None
    found : Basins
    """

    network: Network | None
    found: Basins

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return self.found.to_dict()

    def sections(self) -> tuple[Section, ...]:
        """The attractors in the plane, largest share first."""
        found = self.found
        size = f"{found.a.size} by {found.b.size} states"
        about = f"{size}: {found.names[0]} and {found.names[1]}"
        head = Section(named(self.network.name if self.network else ""), (Fact("", about, about),))
        order = np.argsort(-found.share, kind="stable")
        shown = [k for k in order.tolist() if found.share[k] > 0][:MOST_TOLD]
        rows = tuple(
            (
                str(k),
                f"{100.0 * found.share[k]:.1f} %",
                _energy(found.energy[k]),
                found.kind[k],
            )
            for k in shown
        )
        facts = []
        lost = int(np.count_nonzero(found.labels < 0))
        if lost:
            facts.append(_fact(f"{counted(lost, 'state')} came to no attractor", "lost"))
        if found.interrupted:
            facts.append(_fact("Ctrl-C came: states that were not followed are missing", "note"))
        facts += [_fact(note, "note") for note in found.notes]
        table = Section("", (), ("attractor", "share", "energy", "kind"), rows)
        return head, table, Section("", tuple(facts))

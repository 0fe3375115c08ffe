"""What has become of a sweep, as data and in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hamsim.report.sections import Fact, Section
from hamsim.report.words import duration, size_of
from hamsim.scale.results.results import KNOWN, SweepResults

if TYPE_CHECKING:
    from hamsim.scale.estimate import Estimate

__all__ = ["SweepReport", "estimate_sections"]

FEW = 3  # reasons that are told


@dataclass(frozen=True, eq=False)
class SweepReport:
    """How a sweep ended.

    Parameters
    ----------
    results : SweepResults
    folder : str
    found : int
        Runs that were stored before.
    seconds : float
        That it took.
    """

    results: SweepResults
    folder: str
    found: int = 0
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """Runs by what has become of them."""
        results = self.results
        outcome = results.columns["outcome"].take()
        return {
            "done": results.count("done"),
            "diverged": int(np.count_nonzero(outcome == "diverged")),
            "failed": results.count("failed"),
            "set aside": results.count("set aside"),
            "missing": results.count("missing"),
        }

    @property
    def went_wrong(self) -> bool:
        """Whether a run diverged, failed or was set aside."""
        counts = self.counts()
        return any(counts[name] for name in ("diverged", "failed", "set aside"))

    def reasons(self) -> dict[str, int]:
        """Why runs have no result, the most frequent first."""
        status, reason = (self.results.columns[name].take() for name in ("status", "reason"))
        wrong = reason[(status == "failed") | (status == "set aside")]
        texts, counts = np.unique(wrong, return_counts=True)
        found = sorted(zip(texts.tolist(), counts.tolist(), strict=True), key=lambda each: -each[1])
        return dict(found)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and text, for JSON."""
        results = self.results
        return {
            "network": results.name,
            "folder": self.folder,
            "axes": dict(zip(results.dims, results.shape, strict=True)),
            "runs": len(results),
            "stored_before": self.found,
            **{name.replace(" ", "_"): count for name, count in self.counts().items()},
            "reasons": self.reasons(),
            "seconds": self.seconds,
            "kept": self.kept(),
            "bytes": self.size(),
            "damaged": list(results.notes.get("damaged", ())),
        }

    def kept(self) -> dict[str, list[int]]:
        """What is kept, and the shape that it has of each run."""
        columns = self.results.columns.items()
        return {name: list(values.shape) for name, values in columns if name not in KNOWN}

    def size(self) -> int:
        """Bytes of the folder."""
        return sum(path.stat().st_size for path in Path(self.folder).rglob("*") if path.is_file())

    def sections(self) -> list[Section]:
        """The same in words."""
        results, counts = self.results, self.counts()
        axes = ", ".join(f"{d} ({n:,})" for d, n in zip(results.dims, results.shape, strict=True))
        made = counts["done"] + counts["failed"] + counts["set aside"] - self.found
        told = [f"{counts['done']:,} done"]
        told += [f"{counts[n]:,} {n}" for n in list(counts)[1:] if counts[n]]
        facts = [
            Fact("axes", dict(zip(results.dims, results.shape, strict=True)), axes),
            Fact("runs", len(results), f"{len(results):,}: {', '.join(told)}"),
        ]
        kept = [
            f"{name} ({', '.join(map(str, n))})" if n else name for name, n in self.kept().items()
        ]
        facts.append(Fact("kept", self.kept(), f"{', '.join(kept)}; {size_of(self.size())}"))
        if self.seconds:
            found = f"; {self.found:,} were there" if self.found else ""
            facts.append(Fact("made", made, f"{max(made, 0):,} in {duration(self.seconds)}{found}"))
        for why, count in list(self.reasons().items())[:FEW]:
            facts.append(Fact("failed", count, f"{count:,}: {why}"))
        for why in self.results.notes.get("damaged", ()):
            facts.append(Fact("damaged", why, f"{why}; its runs are missing"))
        return [Section(title=results.name, facts=tuple(facts))]


def estimate_sections(estimate: Estimate) -> list[Section]:
    """What a sweep will take, in words."""
    stored = f", of which {estimate.stored:,} are stored" if estimate.stored else ""
    size = size_of(estimate.bytes)
    workers = f"{estimate.workers} processes" if estimate.workers > 1 else "one process"
    facts = (
        Fact("runs", estimate.runs, f"{estimate.runs:,}{stored}"),
        Fact("one run", estimate.each, f"{duration(estimate.each)}, {size_of(estimate.size)}"),
        Fact("time", estimate.seconds, f"{duration(estimate.seconds)} with {workers}"),
        Fact("disk", estimate.bytes, size),
    )
    return [Section(facts=facts)]

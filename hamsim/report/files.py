"""What was made of a file: a network in another format, a clean copy of a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hamsim.counted import counted
from hamsim.report.sections import Fact, Section

if TYPE_CHECKING:
    from hamsim.formats.convert import Source
    from hamsim.trace.repair import Repaired

__all__ = ["ConversionReport", "RepairReport", "conversion_report"]

MOST_TOLD = 10  # records that are listed


@dataclass(frozen=True)
class ConversionReport:
    """A network in another format.

    Parameters
    ----------
    source, target : str
        Formats.
    files : tuple of str
        What was written.
    neurons, synapses, gated : int
    notes : tuple of str
        What the source did not say.
    """

    source: str
    target: str
    files: tuple[str, ...]
    neurons: int
    synapses: int
    gated: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return {
            "from": self.source,
            "to": self.target,
            "files": list(self.files),
            "neurons": self.neurons,
            "synapses": self.synapses,
            "gated": self.gated,
            "notes": list(self.notes),
        }

    def sections(self) -> tuple[Section, ...]:
        """The same in words."""
        more = f", {self.gated:,} gated synapses" if self.gated else ""
        words = (
            f"{' and '.join(self.files)}: {counted(self.neurons, 'neuron')}, "
            f"{counted(self.synapses, 'synapse')}{more}"
        )
        notes = (Fact("note", note, note) for note in self.notes)
        return (Section("", (Fact("", list(self.files), words), *notes)),)


def conversion_report(source: Source, target: str, files: Iterable[Path]) -> ConversionReport:
    """Put together what a conversion did.

    Parameters
    ----------
    source : Source
        The network that was read.
    target : str
        The format that was written.
    files : iterable of Path
    """
    network = source.network
    return ConversionReport(
        source=source.format,
        target=target,
        files=tuple(str(file) for file in files),
        neurons=network.n_neurons,
        synapses=int(network.W.nnz),
        gated=0 if network.triples is None else int(network.triples.weights.size),
        notes=tuple(source.notes),
    )


@dataclass(frozen=True)
class RepairReport:
    """A clean copy of a trace.

    Parameters
    ----------
    trace : str
        Its file.
    done : Repaired
    """

    trace: str
    done: Repaired

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and lists, for JSON."""
        return {
            "trace": self.trace,
            "records": self.done.records,
            "damaged": list(self.done.damaged),
            "flaw": self.done.flaw or None,
        }

    def sections(self) -> tuple[Section, ...]:
        """The same in words."""
        words = f"{self.trace}: {counted(self.done.records, 'record')}"
        facts = (Fact("", self.done.records, words, "records"), *self._notes())
        return (Section("", facts),)

    def _notes(self) -> Iterator[Fact]:
        flaw, damaged = self.done.flaw, self.done.damaged
        if flaw:
            yield Fact("note", flaw, flaw)
        if damaged:
            listed = ", ".join(map(str, damaged[:MOST_TOLD]))
            more = ", ..." if len(damaged) > MOST_TOLD else ""
            words = f"left out, not what was written: {len(damaged):,} ({listed}{more})"
            yield Fact("note", list(damaged), words)

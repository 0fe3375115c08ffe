"""What a run is about to do, and what it found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.dynamics.timeline.discrete import Sweeping
from hamsim.network import Network
from hamsim.provenance import Provenance
from hamsim.report.sections import Fact, Section
from hamsim.report.words import duration, named
from hamsim.trace.outcome import WORST_FIRST, Outcome
from hamsim.trace.stats import Stats

if TYPE_CHECKING:
    from hamsim.certify.verdict import RunCheck
    from hamsim.dynamics.run import Run
    from hamsim.dynamics.sweep_run import SweepRun

__all__ = ["Plan", "RunReport", "plan_report", "run_report"]

# States that are few enough to be told besides being saved.
MAX_STATES = 1000
MAX_TOLD_STRETCHES = 6  # of time, of whose energies is told besides --json
MAX_TOLD_STATES = 12


@dataclass(frozen=True, eq=False)
class Plan:
    """What a run is about to do.

    Parameters
    ----------
    network : str
        Name.
    neurons, groups, synapses : int
    triples : int or None
        None where no connection is gated.
    trials : int or None
    check : RunCheck
        What is guaranteed of the run as it is.
    method : str
    dt : float or None
        None where steps are chosen, by `rtol` and `atol`.
    rtol, atol : float or None
    why : str
        Why the method was chosen; empty if it was asked for.
    sweeps : Sweeping or None
        What is planned of discrete dynamics.
    """

    network: str
    neurons: int
    groups: int
    synapses: int
    triples: int | None
    trials: int | None
    check: RunCheck
    method: str
    dt: float | None
    rtol: float | None = None
    atol: float | None = None
    why: str = ""
    sweeps: Sweeping | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text and dicts, for JSON."""
        names = ("network", "neurons", "groups", "synapses", "triples", "trials")
        plain = {name: getattr(self, name) for name in names}
        time = {name: getattr(self, name) for name in ("method", "dt", "rtol", "atol", "why")}
        time |= {} if self.sweeps is None else {"sweeps": self.sweeps.sweeps}
        return {**plain, "check": self.check.to_dict(), **time}

    def sections(self) -> tuple[Section, ...]:
        """The same in words."""
        name = f"{named(self.network)}: " if self.network else ""
        gated = "" if self.triples is None else f", {counted(self.triples, 'gated triple')}"
        trials = "" if self.trials is None else f", {counted(self.trials, 'trial')}"
        words = (
            f"{name}{counted(self.neurons, 'neuron')} in {counted(self.groups, 'group')}, "
            f"{counted(self.synapses, 'synapse')}{gated}{trials}"
        )
        facts = (
            Fact("", self.neurons, words, "neurons"),
            Fact("check", self.check.text, self.check.text),
            Fact("method", self.method, f"{self.method}, {self._steps()}"),
        )
        return (Section("", facts),)

    def _steps(self) -> str:
        if self.sweeps is not None:
            return self.sweeps.words
        why = f"; {self.why}" if self.why else ""
        if self.dt is not None:
            return f"dt = {self.dt:.4g}{why}"
        return f"rtol = {self.rtol:g}, atol = {self.atol:g}{why}"


@dataclass(frozen=True, eq=False)
class RunReport:
    """What a run found.

    Parameters
    ----------
    network : str
        Name.
    outcome : Outcome
    stats : Stats
    check : RunCheck or None
        What was guaranteed of it; None if nobody asked.
    symmetric : bool
        Whether W is.
    made : Provenance
    final : mapping of str to list or None
        Last states by group; None where there are many.
    neurons : int
    trials : int or None
    residual : float or None
        That the file asks for.
    told : tuple of str
        Notes that were told before the run began.
    trace : str or None
        File of the records.
    trace_bytes : int
    plot : str or None
        File of the picture.
    left_out : tuple of str
        Groups that the picture leaves out.
    """

    network: str
    outcome: Outcome
    stats: Stats
    check: RunCheck | None
    symmetric: bool
    made: Provenance
    final: Mapping[str, Any] | None
    neurons: int
    trials: int | None
    residual: float | None
    told: tuple[str, ...] = ()
    trace: str | None = None
    trace_bytes: int = 0
    plot: str | None = None
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, text, lists and dicts, for JSON."""
        left_out = {"left_out": list(self.left_out)} if self.left_out else {}
        return {
            "network": self.network,
            "outcome": asdict(self.outcome),
            "stats": self.stats.to_dict(),
            "check": None if self.check is None else self.check.to_dict(),
            "symmetric": self.symmetric,
            "trace": self.trace,
            "made": self.made.to_dict(),
            "plot": self.plot,
            "final": self.final,
            **left_out,
        }

    def sections(self) -> tuple[Section, ...]:
        """What happened, in words; of the picture nothing."""
        facts = [Fact("", self.outcome.kind, str(self.outcome))]
        for part in (self._energy, self._states, self._trials, self._notes, self._cost):
            facts += part()
        return (Section("", tuple(facts)),)

    def _energy(self) -> Iterator[Fact]:
        watch = self.stats.energy
        if watch is None or set(self.outcome.outcomes) == {"diverged"}:
            return
        some = "trials that did not diverge" if self.outcome == "diverged" else "trials"
        mean = "" if self.trials is None else f" (means of {some})"
        words = f"from {watch.start:.6g} to {watch.end:.6g}{mean}; {self._rises()}"
        yield Fact("energy", watch.end, words)
        told = [
            f"{each.first:.6g} to {each.last:.6g} until t = {each.end:g}"
            for each in watch.stretches[:MAX_TOLD_STRETCHES]
        ]
        more = len(watch.stretches) - len(told)
        if told:
            told += [f"{more} more in --json"] if more else []
            words = f"between changes of what acts: {'; '.join(told)}"
            yield Fact("energy", len(watch.stretches), words)

    def _rises(self) -> str:
        watch = self.stats.energy
        assert watch is not None
        if watch.noise:
            return "noise moves it" if self.stats.sweeps is None else "the temperature moves it"
        if not watch.rose and watch.moving >= self.stats.time > 0:
            return "inputs that change move it"
        if watch.within_error:
            return (
                f"rose in {counted(watch.rises, 'step')} by {watch.total_rise:.2g} in all, no "
                "more than steps of this accuracy may be off by"
            )
        if not watch.rose:
            if self.stats.sweeps is not None:
                return "never rose"
            still = f" while inputs were still, {self.stats.time - watch.moving:.4g} of the time"
            still = still if watch.moving else ""
            return f"never rose in {counted(self.stats.steps, 'step')}{still}"
        how_often = f"in {counted(watch.rises, 'step')}"
        if self.stats.sweeps is not None:
            how_often = counted(watch.rises, "time")
        return (
            f"ROSE {how_often}, first at t = {watch.first_time:.4g}, most "
            f"by {watch.largest_rise:.3g} ({watch.relative_rise:.2g} of its size) at "
            f"t = {watch.time:.4g}"
        )

    def _states(self) -> Iterator[Fact]:
        few = self.trials is None and self.neurons <= MAX_TOLD_STATES
        if not self.final or self.outcome == "diverged" or not few:
            return
        for name, values in self.final.items():
            numbers = ", ".join(f"{value:.4g}" for value in values)
            yield Fact("x", values, f"{named(name)}: {numbers}")

    def _trials(self) -> Iterator[Fact]:
        words = self.outcome.outcomes
        if len(words) > 1 and not {"diverged", "alternating", "cycle"}.isdisjoint(words):
            counts = {word: words.count(word) for word in WORST_FIRST if word in words}
            told = ", ".join(f"{count} {word}" for word, count in counts.items())
            yield Fact("trials", counts, f"{told}, of {len(words)}")
        largest = self.residual
        largest = largest if self.stats.sweeps is None else None
        if self.trials is not None and self.trials > 1 and largest is not None:
            rest = sum(residual <= largest for residual in self.stats.residuals)
            told = f"{rest} of {self.trials} have a residual of at most {largest:g}"
            yield Fact("trials", rest, told)

    def _notes(self) -> Iterator[Fact]:
        for note in self.stats.notes:
            if note not in self.told:
                yield Fact("note", note, note)

    def _steps(self) -> str:
        """How many steps, and where they were chosen how long they were and what they took."""
        stats = self.stats
        if stats.sweeps is not None:
            return counted(stats.sweeps, "sweep")
        told = counted(stats.steps, "step")
        if stats.shortest is None or stats.longest is None:
            return told
        products = stats.products if isinstance(stats.products, int) else sum(stats.products)
        refused = f", {stats.rejected:,} refused" if stats.rejected else ""
        return (
            f"{told} of {stats.shortest:.3g} to {stats.longest:.3g}{refused}, "
            f"{counted(products, 'product')} W g,"
        )

    def _cost(self) -> Iterator[Fact]:
        stats = self.stats
        running = max(0.0, stats.seconds - stats.preparation)
        each = running / max(1, stats.steps)
        what = "step" if stats.sweeps is None else "sweep"
        words = (
            f"{self._steps()} in {running:.2f} s, {duration(each)} a {what}, "
            f"{counted(stats.threads, 'thread')}; {stats.preparation:.2f} s to prepare"
        )
        yield Fact("time", running, words, "s")
        if self.trace:
            words = f"{self.trace} ({self.trace_bytes / 1e6:.2f} MB)"
            yield Fact("trace", self.trace, words)


def plan_report(network: Network, run: Run | SweepRun, dtype: str, seconds: float) -> Plan:
    """Find out what a prepared run will do, and what is guaranteed of it.

    Parameters
    ----------
    network : Network
    run : Run or SweepRun
    dtype : str
        Of its weights.
    seconds : float
        How long the question of what is guaranteed may take.
    """
    # Not needed where nobody asks.
    from hamsim.certify.verdict import verdict_of_run, verdict_of_sweeps

    schedule, triples = run.schedule, network.triples
    method, dt = schedule.method.name, schedule.dt
    sweeps = schedule if isinstance(schedule, Sweeping) else None
    if sweeps is not None:
        check = verdict_of_sweeps(network, sweeps, seconds)
    else:
        check = verdict_of_run(network, method, dt, schedule.duration, dtype, seconds)
    return Plan(
        network=network.name,
        neurons=network.n_neurons,
        groups=len(network.groups),
        synapses=int(network.W.nnz),
        triples=None if triples is None else int(triples.weights.size),
        trials=network.trials,
        check=check,
        method=method,
        dt=dt,
        rtol=getattr(schedule, "rtol", None),
        atol=getattr(schedule, "atol", None),
        why=schedule.why,
        sweeps=sweeps,
    )


def run_report(
    network: Network,
    run: Run | SweepRun,
    outcome: Outcome,
    stats: Stats,
    check: RunCheck | None = None,
    trace: str | None = None,
    trace_bytes: int = 0,
    plot: str | None = None,
) -> RunReport:
    """Put together what a run found.

    Parameters
    ----------
    network : Network
    run : Run or SweepRun
        Which is over.
    outcome : Outcome
    stats : Stats
    check : RunCheck, optional
    trace : str, optional
        File of the records, and its size.
    trace_bytes : int
    plot : str, optional
        File of the picture.
    """
    final = run.final_state()
    return RunReport(
        network=network.name,
        outcome=outcome,
        stats=stats,
        check=check,
        symmetric=network.symmetric,
        made=run.header.made,
        final=_by_group(network, final) if final.size <= MAX_STATES else None,
        neurons=network.n_neurons,
        trials=network.trials,
        residual=network.settings.until.residual,
        told=tuple(run.warnings),
        trace=trace,
        trace_bytes=trace_bytes,
        plot=plot,
    )


def _by_group(network: Network, state: Floats) -> dict[str, Any]:
    return {group.name: state[..., group.slice].tolist() for group in network.groups}

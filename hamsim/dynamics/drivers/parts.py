"""Who takes part in a run, whatever takes its steps."""

from __future__ import annotations

from dataclasses import dataclass

from hamsim.arrays import Floats
from hamsim.dynamics.drivers.choosing import Choosing
from hamsim.dynamics.drivers.stepping import KEPT_ROWS, Stepping
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.timeline.clock import Clock
from hamsim.dynamics.watching.looks import Looks
from hamsim.dynamics.watching.recorder import Recorder
from hamsim.dynamics.watching.stopping import Stopping
from hamsim.dynamics.watching.trials import Trials
from hamsim.dynamics.watching.watching import Watching
from hamsim.layout.arrange import Layout
from hamsim.methods import Method
from hamsim.methods.implicit import Implicit
from hamsim.methods.pair import Pair
from hamsim.network import Network, Until
from hamsim.trace.trace import Header

__all__ = ["Parts", "make_parts"]


@dataclass(frozen=True, eq=False)
class Parts:
    """What every run has.

    Parameters
    ----------
    engine : Engine
        Takes steps.
    clock : Clock
        Knows how far it is.
    trials : Trials
        Knows which trials go on.
    recorder : Recorder
    watching : Watching
    stopping : Stopping
    looks : Looks
    """

    engine: Engine
    clock: Clock
    trials: Trials
    recorder: Recorder
    watching: Watching
    stopping: Stopping
    looks: Looks


def make_parts(
    network: Network,
    layout: Layout,
    start: Floats,
    method: Method,
    header: Header,
    tolerance: float,
    records: int,
    last_only: bool = False,
    accuracy: tuple[float, float] | None = None,
    own: bool = False,
    seed: int = 0,
    until: Until | None = None,
) -> Parts:
    """Allocate what a run needs.

    Parameters
    ----------
    network : Network
    layout : Layout
    start : ndarray, shape (trials, n)
    method : Method
    header : Header
    tolerance : float
        Residual that ends the run; negative never does.
    records : int
        So many are made at most.
    last_only : bool
        Whether only the last state is recorded.
    accuracy, own
        Of steps that may be refused; see `Engine`.
    seed : int
        Of the network's noise.
    until : Until, optional
        What else ends the run.
    """
    if accuracy is not None and isinstance(method, Pair) and network.delays is None:
        engine: Engine = Choosing(network, layout, start, method, accuracy)
    elif accuracy is not None and isinstance(method, Implicit):
        engine, records = Stepping(network, layout, start, method, accuracy), KEPT_ROWS
    else:
        engine = Engine(network, layout, start, method, accuracy, own, seed)
    trials = Trials(start.shape[0])
    recorder = Recorder(header, layout, engine.buffers, trials, records, last_only)
    return Parts(
        engine,
        Clock(),
        trials,
        recorder,
        Watching(engine.buffers, trials, recorder, tolerance, engine.kicks is not None),
        Stopping(trials, tolerance, header.trials is not None),
        Looks(until or Until(), network, layout, engine, trials),
    )

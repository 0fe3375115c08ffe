"""What is recorded of a run, and how it gets to those who keep it.

A loop that is compiled writes into `Recorder.records` and says how many there are; any other puts
the state that the buffers hold. Both need not know who keeps the records.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.watching.energies import Energies
from hamsim.dynamics.watching.trials import Trials
from hamsim.kernels.plan import Buffers, Records
from hamsim.layout.arrange import Layout
from hamsim.trace.trace import Header, Sink

__all__ = ["Recorder"]

BLOCK_BYTES = 16 * 2**20
BLOCK_ROWS = 4096


class Recorder:
    """Records of one run.

    Parameters
    ----------
    header : Header
        What is recorded, and of which neurons.
    layout : Layout
    buffers : Buffers
    trials : Trials
    most : int
        So many records are made at most.
    last_only : bool
        Whether only the last state is recorded.
    """

    def __init__(
        self,
        header: Header,
        layout: Layout,
        buffers: Buffers,
        trials: Trials,
        most: int,
        last_only: bool = False,
    ) -> None:
        self.header, self.last_only = header, last_only
        self._buffers, self._trials = buffers, trials
        self._places = layout.places(header.columns)
        self._whole = np.array_equal(self._places, np.arange(buffers.x.shape[0]))
        self._rows = max(3, min(BLOCK_ROWS, BLOCK_BYTES // self._row_bytes, most))
        self.records = self._make(() if last_only else header.what)
        self.nothing = self._make(())
        self.first_energy: Floats | None = None  # of each trial, in the first record
        self.energies: Energies | None = None  # where changes of what acts are told
        self.too_large = False  # whether a record is beyond what float32 holds
        self.last = -1  # last step of which there is a record
        self.at_once = False  # whether the first state is recorded in any case
        self.until = -np.inf  # time up to which records have been made by others

    @property
    def _row_bytes(self) -> int:
        """Memory of one record."""
        states = sum(self.header.columns.size for name in self.header.what if name in ("x", "g"))
        return 8 * self._buffers.residual.size * ((0 if self.last_only else states) + 2)

    @property
    def room(self) -> int:
        """Records that have room before they are taken, besides one at either end."""
        return self._rows - 2

    @property
    def with_energy(self) -> bool:
        """Whether the energy is recorded along the way."""
        return bool(self.records.energy.size)

    def _make(self, what: tuple[str, ...]) -> Records:
        rows, trials, columns = self._rows, self._buffers.residual.size, self._places.size

        def place(name: str, *shape: int) -> Floats:
            return np.full((rows if name in what else 0, *shape), np.nan)

        return Records(
            columns=self._places,
            step=np.zeros(rows, dtype=np.int64),
            x=place("x", trials, columns),
            g=place("g", trials, columns),
            energy=place("energy", trials),
            residual=place("residual", trials),
        )

    def open(self, sink: Sink) -> None:
        """Hand records to a sink that is open."""
        self._sink = sink

    def take(self, times: Floats) -> None:
        """Hand on the first records that a compiled loop has written, one a time."""
        arrays = {what: getattr(self.records, what)[: times.size] for what in self.header.what}
        self.last = int(self.records.step[times.size - 1])
        self._note_first(arrays)
        self._hand_on(times, arrays)

    def give(self, times: Floats, arrays: dict[str, Floats]) -> None:
        """Hand on records that somebody has put together, of all trials."""
        self._note_first(arrays)
        self._hand_on(times, arrays)

    def put(self, time: float) -> None:
        """Record what the buffers hold; of the energy what has been measured last."""
        arrays = {what: self._held(what)[None] for what in self.header.what}
        self._note_first(arrays)
        self._hand_on(np.array([time]), arrays)

    def _held(self, what: str) -> Floats:
        buffers = self._buffers
        if what in ("x", "g"):
            values = buffers.x if what == "x" else buffers.g
            chosen = values if self._whole else values[self._places]
            return np.array(chosen.T, order="C")
        return buffers.energy[0].copy() if what == "energy" else buffers.residual.copy()

    def put_frozen(self, time: float) -> None:
        """Record what is known of trials all of which have diverged."""
        header = self.header
        arrays = {what: np.empty((1, *header.shape_of(what))) for what in header.what}
        self._hand_on(np.array([time]), arrays)

    def _note_first(self, arrays: dict[str, Floats]) -> None:
        if self.first_energy is None and self.with_energy:
            self.first_energy = arrays["energy"][0].copy()

    def _hand_on(self, times: Floats, arrays: dict[str, Floats]) -> None:
        """Give records to the sink, with what is known of trials that have diverged."""
        later = times > self.until
        if not later.all():
            times, arrays = times[later], {what: a[later] for what, a in arrays.items()}
        if not times.size:
            return
        self._trials.overwrite(arrays, self.header.columns)
        if self.energies is not None and "energy" in arrays:
            self.energies.note(times, arrays["energy"])
        kinds = {what: self.header.dtype_of(what) for what in arrays}
        with np.errstate(over="call", call=self._note_too_large):
            kept = {what: a.astype(kinds[what], copy=False) for what, a in arrays.items()}
        self._sink.append(times, kept)

    def _note_too_large(self, kind: str, flag: int) -> None:
        self.too_large = True

"""`sweep`: many runs of one network, of which none is made twice."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import ArrayLike, DTypeLike

from hamsim.errors import HamsimError, given
from hamsim.network import Network, Record
from hamsim.scale.engines import run
from hamsim.scale.engines.joining import command
from hamsim.scale.engines.progress import Progress
from hamsim.scale.plan.checking import require_folder
from hamsim.scale.plan.making import make_plan
from hamsim.scale.plan.plan import Plan
from hamsim.scale.results.results import SweepResults
from hamsim.scale.store.store import Store
from hamsim.scale.work import Work
from hamsim.telling import telling

if TYPE_CHECKING:
    import xarray

    from hamsim.spec.schema import Spec

__all__ = ["ENGINES", "join_folder", "require_engine", "run_plan", "sweep"]

ENGINES = ("processes", "serial", "dask")


def sweep(
    source: Network | Spec | str | os.PathLike[str] | Mapping[str, Any],
    over: Any = None,
    seeds: int | ArrayLike | None = None,
    keep: Any = None,
    out: str | os.PathLike[str] | None = None,
    engine: Any = "processes",
    workers: int | None = None,
    *,
    samples: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
    retry: bool = False,
    progress: Callable[[Progress], None] | bool | None = None,
    initial: ArrayLike | Mapping[Any, ArrayLike] | None = None,
    method: str | None = None,
    dt: float | Literal["auto"] | None = None,
    t_end: float | None = None,
    steps: int | None = None,
    until: float | str | Mapping[str, Any] | None = None,
    record: Record | Mapping[str, Any] | Literal["auto"] | None = "auto",
    energy: Literal["plain", "scaled"] | None = None,
    layout: str = "auto",
    dtype: DTypeLike | None = None,
    trials: int | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    t_start: float | None = None,
) -> xarray.Dataset:
    """Run a network for every combination of values, and keep what each run gives.

    Parameters
    ----------
    source : Network, Spec, path or dict
        A path or a dict keeps its parameters, which can be swept over; of a `Spec` they are numbers
        by now. Of a network whose values were replaced, so that it has no description, `initial`,
        `tau`, `input`, `noise`, `delay`, ``weights.NAME``, ``stimuli[0].value`` and the seed of
        its noise can be changed.
    over : mapping, csv file, table, or list of these, optional
        Paths as for ``overrides``, with their values: ``{"groups.exc.tau": [1, 2]}``. Each path is
        a dimension; a tuple of paths is one dimension along which they change together, with a
        tuple of values for each place. Values are a list, an array (along its first axis), or
        ``{"start": 1, "stop": 10, "step": 0.5}``, of which `stop` is the last one if steps lead
        to it, or ``{"start": 0.1, "stop": 10, "count": 5, "spacing": "log"}``. The path
        ``"initial"`` stands for states of all neurons, ``"initial.exc"`` for those of a group, a
        neuron or a range. A csv file, or a table of pandas, is one dimension: a column a path, a
        row a place. If nothing is given here and in `samples`, what the file's ``sweep:`` block
        says.
    seeds : int or sequence of int, optional
        So many seeds from 0 on, or these: values of the path ``seed``, along one more dimension.
    keep : str, callable, sequence of these, or mapping of names to these, optional
        ``"final"`` states, ``"activation"``, ``"energy"``, ``"residual"``, ``"time"`` and
        ``"products"`` at the end; ``"records"``, all that is recorded; a number of the last state,
        as ``"mean(exc.g)"``; or a function that is given the `Trace` and gives numbers. The last
        state and the energy if nobody says. How a run ended is kept in any case.
    out : path, optional
        A folder for results. What is there already is not made again, whatever sweep it was made
        for: what counts is what determines a run. Without it results are in memory only.
    engine : {"processes", "serial", "dask"}, address or distributed.Client
        Who runs: processes on this machine, and on others that join the folder; this process; or
        Dask, on a cluster of this machine's or, as ``"tcp://host:8786"``, at an address.
    workers : int, optional
        Processes; as many as there are processors if nobody says.
    samples : mapping, optional
        Points drawn in a space of several paths, along a dimension `sample`: ``{"count": 100,
        "over": {"groups.exc.tau": {"uniform": {"low": 1, "high": 10}}}}``, with `log_uniform`,
        `normal`, `lognormal`, `integers` and `choice` besides; ``"method": "latin_hypercube"`` or
        ``"random"``, and ``"seed"``.
    overrides : mapping of str to value, optional
        Values to put in place of the source's in all runs.
    retry : bool
        Make runs anew that are in `out` as failed or set aside.
    progress : True or callable, optional
        Called with a `Progress` a few times a second; True shows a bar.
    initial, method, dt, t_end, steps, until, record, energy, layout, dtype, trials, rtol, atol, \
t_start
        Of each run; see `hamsim.simulate`.

    Returns
    -------
    xarray.Dataset
        What `hamsim.load_sweep` gives: a dimension an axis, variables for what was kept, and
        `status`, `outcome` and `reason` of each run. A run that fails or diverges is there, too.
        ``dataset.hamsim.plot(show="energy")`` draws a number over one axis or two, with intervals
        over seeds, and ``dataset.hamsim`` in a notebook shows what there is.

    Raises
    ------
    HamsimError
        Before the first run: a path leads nowhere, values do not fit, the folder cannot be written.
    KeyboardInterrupt
        Ctrl-C. What was made is in `out`, and the same call goes on from there.

    Notes
    -----
    Values of initial states and stimuli are trials of one compiled network, where nothing that a
    run gives depends on the trials beside it: there is no noise, and `until` asks for no state. The
    last bits of sums may then differ from those of a run by `simulate`. Else, and along all other
    axes, each run is that of `simulate` to the bit.
    """
    _require_xarray()
    asked = {
        "initial": initial,
        "method": method,
        "dt": dt,
        "t_end": t_end,
        "steps": steps,
        "until": until,
        "energy": energy,
        "layout": None if layout == "auto" else layout,
        "dtype": dtype,
        "trials": trials,
        "rtol": rtol,
        "atol": atol,
        "t_start": t_start,
    }
    require_engine(engine)
    if out is not None:
        require_folder(Path(out))
    plan = make_plan(source, over, seeds, samples, keep, overrides, asked, record)
    if out is not None:
        run_plan(plan, Path(out), engine, workers, progress, retry)
        return SweepResults.read(out).to_xarray()
    with tempfile.TemporaryDirectory(prefix="hamsim-sweep-") as folder:
        run_plan(plan, Path(folder), engine, workers, progress)
        dataset = SweepResults.read(folder).to_xarray().load()
        dataset.close()
        return dataset


def _require_xarray() -> None:
    if find_spec("xarray") is None:
        raise HamsimError(
            "hamsim.sweep gives an xarray.Dataset: pip install 'hamsim[xarray]'; hamsim sweep "
            "--table does without"
        )


def require_engine(engine: Any) -> None:
    """Refuse what nobody can run jobs with.

    Raises
    ------
    HamsimError
    """
    if not isinstance(engine, str):
        if hasattr(engine, "submit") and hasattr(engine, "scheduler_info"):
            return
        raise HamsimError(f"engine is {given(engine)}; allowed are {_ALLOWED}")
    if engine not in ENGINES and not _address(engine):
        raise HamsimError(f"engine is {given(engine)}; allowed are {_ALLOWED}")
    if engine == "dask" or _address(engine):
        _dask()


_ALLOWED = f"{', '.join(ENGINES)}, the address of a Dask scheduler and a distributed.Client"


def _address(engine: str) -> str:
    """Where a scheduler is; empty if the text says nothing of it."""
    for head in ("dask=", "dask:"):
        if engine.startswith(head):
            return engine.removeprefix(head)
    return engine if "://" in engine else ""


def _dask() -> Any:
    from hamsim.scale.engines.dask import run_on_dask

    return run_on_dask


def run_plan(
    plan: Plan,
    folder: Path,
    engine: Any = "processes",
    workers: int | None = None,
    progress: Callable[[Progress], None] | bool | None = None,
    retry: bool = False,
) -> None:
    """Make the runs of a plan that a folder lacks.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Made if it is not there.
    engine, workers, progress, retry
        See `sweep`.
    """
    _work(plan.write(folder), folder, engine, workers, progress, retry)


def join_folder(
    folder: Path,
    engine: Any = "processes",
    workers: int | None = None,
    progress: Callable[[Progress], None] | bool | None = None,
) -> None:
    """Make runs of a sweep that was begun elsewhere, until none is missing.

    The parameters are those of `run_plan`.

    Raises
    ------
    HamsimError
        The folder holds no sweep.
    """
    _work(Plan.read(folder), folder, engine, workers, progress)


def _work(
    plan: Plan,
    folder: Path,
    engine: Any,
    workers: int | None,
    progress: Callable[[Progress], None] | bool | None,
    retry: bool = False,
) -> None:
    work, store = Work(plan), Store(folder)
    if retry:
        store.drop(store.failed(work.keys))
    with telling(progress, "sweep") as tell:
        if not isinstance(engine, str):
            _dask()(work, store, engine, workers, tell)
        elif engine == "dask" or _address(engine):
            _dask()(work, store, _address(engine) or None, workers, tell)
        else:
            anew = command(folder) if work.portable else None
            run(work, store, 1 if engine == "serial" else workers, tell, anew)

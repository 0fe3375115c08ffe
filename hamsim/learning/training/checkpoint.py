"""Training as it stands after an epoch, in a file that it can go on from.

An npz, which is written beside its place, brought to the disk and renamed: whoever is killed at
whatever moment leaves the last one whole.

================= ================================================================================
``meta``          JSON: `format`: "hamsim/training/1"; `hamsim`: the version that wrote it; `task`:
                  digests of what is trained, by what they are of; `keys`: of the parts that are
                  learned; `memories`: how many arrays the optimizer has for each; `epoch`, `steps`,
                  `best`, `unstable`, `seconds`
``values_K``      of part number K
``best_K``        the same after the best epoch
``memory_K_M``    what the optimizer remembers of it
``table_NAME``    columns of the table
================= ================================================================================
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import HamsimError
from hamsim.learning.training.history import COLUMNS, History
from hamsim.learning.training.task import Task
from hamsim.network.fingerprint import fingerprint
from hamsim.paths import quoted, replacing, why_unreadable

__all__ = ["Kept", "digests_of", "read", "write"]

FORMAT = "hamsim/training/1"
# Settings that say how long it lasts, which may be others where it goes on.
_OF_ITS_END = ("epochs", "patience")
# What reading a damaged file raises; a changed flag of a zip is one that is not known, or a secret.
_DAMAGED = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, MemoryError),
    *(RuntimeError, zipfile.BadZipFile, zlib.error),
)


class Kept(NamedTuple):
    """Training after an epoch.

    Parameters
    ----------
    epoch : int
        How many are over.
    steps : int
        How many the optimizer has made.
    values : mapping of str to ndarray
        By the keys of the parts that are learned.
    memories : mapping of str to tuple of ndarray
        What the optimizer remembers.
    best : int
        Number of the best epoch; 0 before the first.
    best_values : mapping of str to ndarray
        As they were after it.
    history : History
    unstable : int
    seconds : float
    """

    epoch: int
    steps: int
    values: Mapping[str, Floats]
    memories: Mapping[str, tuple[Floats, ...]]
    best: int
    best_values: Mapping[str, Floats]
    history: History
    unstable: int
    seconds: float


def digests_of(task: Task) -> dict[str, str]:
    """Digests of everything that determines the numbers of training, by what it is."""
    settings = dataclasses.asdict(task.settings)
    # The rates of a rule without a loss fall until its last epoch.
    without = _OF_ITS_END if task.loss is not None else ()
    told = {key: value for key, value in settings.items() if key not in without}
    network = fingerprint(task.network)
    cues = [(cue.mode, cue.neurons, cue.values) for cue in task.cues]
    return {
        "the network": _digest(*(f"{key}={value}" for key, value in sorted(network.items()))),
        "its initial states": _digest(task.network.initial),
        "the examples": _digest(*(part for cue in cues for part in cue), *_targets(task)),
        "the loss": _digest(*_loss(task)),
        "the settings": _digest(json.dumps(told, sort_keys=True, default=str)),
    }


def _targets(task: Task) -> list[Any]:
    return [] if task.targets is None else [task.targets]


def _loss(task: Task) -> list[Any]:
    loss = task.loss
    if loss is None:
        return []
    measure = loss.measure  # of a function nothing is known but that it is one
    return [loss.of, loss.neurons, type(measure).__name__, getattr(measure, "text", "")]


def _digest(*parts: Any) -> str:
    made = hashlib.blake2b(digest_size=12)
    for part in parts:
        if isinstance(part, str):
            made.update(f"{len(part)}:{part}".encode())
            continue
        plain = np.ascontiguousarray(part)
        made.update(f"{plain.dtype.str}{plain.shape}".encode())
        made.update(plain.reshape(-1).view(np.uint8).data if plain.size else b"")
    return made.hexdigest()


def write(path: Path, kept: Kept, digests: Mapping[str, str]) -> None:
    """Write a checkpoint; it stands there whole, on the disk, or not at all.

    Raises
    ------
    HamsimError
    """
    from hamsim import __version__

    keys = list(kept.values)
    meta = {
        "format": FORMAT,
        "hamsim": __version__,
        "task": dict(digests),
        "keys": keys,
        "memories": max((len(some) for some in kept.memories.values()), default=0),
        **{name: getattr(kept, name) for name in ("epoch", "steps", "best", "unstable")},
        "seconds": kept.seconds,
    }
    arrays: dict[str, Any] = {"meta": np.array(json.dumps(meta))}
    for k, key in enumerate(keys):
        arrays[f"values_{k}"] = kept.values[key]
        arrays[f"best_{k}"] = kept.best_values[key]
        arrays |= {f"memory_{k}_{m}": one for m, one in enumerate(kept.memories[key])}
    arrays |= {f"table_{name}": column for name, column in kept.history.items()}
    with replacing(path) as stream:
        np.savez(stream, **arrays)


def read(path: Path, digests: Mapping[str, str]) -> Kept:
    """Read a checkpoint of the same training.

    Parameters
    ----------
    path : Path
    digests : mapping of str to str
        Of what is to go on.

    Raises
    ------
    HamsimError
        It cannot be read, is not a checkpoint, or is one of something else.
    """
    if why := why_unreadable(path):
        raise HamsimError(f"cannot read {quoted(path)}: {why}")
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(str(arrays["meta"]))
        if meta["format"] != FORMAT:
            raise ValueError
        found = _kept(meta, arrays)
        belongs = dict(meta["task"])
    except _DAMAGED:
        raise HamsimError(f"{quoted(path)} is not a whole checkpoint of training") from None
    unlike = [name for name, digest in digests.items() if belongs.get(name) != digest]
    if unlike:
        raise HamsimError(
            f"{quoted(path)} is a checkpoint of other training: {', '.join(unlike)} differ"
        )
    return found


def _kept(meta: Mapping[str, Any], arrays: Mapping[str, Any]) -> Kept:
    keys = list(meta["keys"])
    memories = range(meta["memories"])
    return Kept(
        epoch=int(meta["epoch"]),
        steps=int(meta["steps"]),
        values={key: arrays[f"values_{k}"] for k, key in enumerate(keys)},
        memories={
            key: tuple(arrays[f"memory_{k}_{m}"] for m in memories) for k, key in enumerate(keys)
        },
        best=int(meta["best"]),
        best_values={key: arrays[f"best_{k}"] for k, key in enumerate(keys)},
        history=History({name: arrays[f"table_{name}"] for name in COLUMNS}),
        unstable=int(meta["unstable"]),
        seconds=float(meta["seconds"]),
    )

"""The results of a sweep in a folder: put in packs, found by key.

    OUT/
      packs/NAME.npz    some runs each, see `hamsim.scale.store.packfile`; never written to again
      packs/*.part      a pack that is being written; takes its name when it is whole
      packs/*.damaged   a pack that was found damaged, and was put aside

A pack is written beside its place, brought to the disk and renamed, so that whoever is killed
leaves whole packs and at most one file that nobody reads. Two packs may hold the same run, where a
worker was killed after it wrote one, or where packs were being merged: both hold the same.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from pathlib import Path

import numpy as np

from hamsim.arrays import Ints
from hamsim.scale.store.merging import Mask, joined
from hamsim.scale.store.pack import DamagedPackError, Pack
from hamsim.scale.store.packfile import table_of, write_table
from hamsim.scale.store.row import STATUSES, Row

__all__ = ["Store"]

SMALL = 2**24  # bytes of packs that are put together
LARGE = 2**26  # bytes of what they make, about


class Store:
    """Results of runs in a folder, which is made when something is put into it.

    Parameters
    ----------
    folder : path

    Attributes
    ----------
    damaged : dict of str to str
        Names of packs that are not what was written, and why; their runs are not in the store.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.damaged: dict[str, str] = {}
        self._packs: dict[str, Pack] = {}
        # Of each key the number of its status, its pack and its place there.
        self._index: dict[str, tuple[int, str, int]] = {}
        self.refresh()

    @property
    def _place(self) -> Path:
        return self.folder / "packs"

    def refresh(self) -> None:
        """See what others have put in, or merged, since."""
        try:
            names = {entry.name for entry in os.scandir(self._place) if _is_pack(entry.name)}
        except FileNotFoundError:
            names = set()
        if self._packs.keys() - names:
            self._packs = {name: self._packs[name] for name in self._packs.keys() & names}
            self._index = {}
            for name in sorted(self._packs):
                self._add(name)
        for name in sorted(names - self._packs.keys() - self.damaged.keys()):
            self._open(name)

    def _open(self, name: str) -> None:
        try:
            self._packs[name] = Pack(self._place / name)
        except FileNotFoundError:  # merged in the meantime
            return
        except DamagedPackError as error:
            self.damaged[name] = str(error)
            return
        self._add(name)

    def _add(self, name: str) -> None:
        pack, index = self._packs[name], self._index
        for number, (key, status) in enumerate(zip(pack.keys, pack.status.tolist(), strict=True)):
            if key not in index or status < index[key][0]:
                index[key] = status, name, number

    def put(self, rows: Sequence[Row]) -> None:
        """Keep some runs as one pack; it is on the disk when this returns.

        Raises
        ------
        HamsimError
            The folder cannot be written, or a value cannot be kept.
        """
        from hamsim import __version__

        if not rows:
            return
        table = table_of(rows)
        self._place.mkdir(parents=True, exist_ok=True)
        name = _new_name()
        write_table(self._place / name, table, __version__)
        _to_disk(self._place)
        self._open(name)

    def keys(self) -> set[str]:
        """Keys of all runs that are stored, failed ones and those set aside included."""
        return set(self._index)

    def has(self, key: str) -> bool:
        """Whether a run is stored."""
        return key in self._index

    def get(self, keys: Iterable[str]) -> list[Row | None]:
        """Rows by key, with all their values; None for a key that is not there.

        Raises
        ------
        DamagedPackError
        """
        keys = list(keys)
        wanted: dict[str, list[int]] = {}
        for key in dict.fromkeys(keys):
            if key in self._index:
                _, name, number = self._index[key]
                wanted.setdefault(name, []).append(number)
        rows = {
            row.key: row
            for name, numbers in wanted.items()
            for row in self._packs[name].read(numbers)
        }
        return [rows.get(key) for key in keys]

    def places(self, keys: Sequence[str]) -> tuple[list[Pack], Ints, Ints]:
        """Where runs are stored, for who reads their values column by column.

        Parameters
        ----------
        keys : sequence of str

        Returns
        -------
        packs : list of Pack
        number, row : ndarray of int, shape (len(keys),)
            Of each key the number of its pack, -1 where none has it, and its row there.
        """
        numbers = {name: number for number, name in enumerate(self._packs)}
        nowhere = (0, "", 0)
        found = [self._index.get(key, nowhere) for key in keys]
        at = [numbers.get(name, -1) for _, name, _ in found]
        return list(self._packs.values()), np.array(at, int), np.array([f[2] for f in found], int)

    def verify(self) -> dict[str, str]:
        """Compare all that is stored with its checksums, and put aside what is damaged.

        Returns
        -------
        dict of str to str
            Names of damaged packs, and what is wrong; their runs are not stored any more.
        """
        found, self.damaged = self.damaged, {}
        for name, pack in self._packs.items():
            try:
                pack.check()
            except DamagedPackError as error:
                found[name] = str(error)
            except FileNotFoundError:  # merged in the meantime
                continue
        for name in found:
            with suppress(FileNotFoundError):
                os.replace(self._place / name, self._place / f"{name}.damaged")
        self.refresh()
        return found

    def failed(self, keys: Iterable[str]) -> set[str]:
        """Those of some runs that are stored without a result: they failed, or were set aside."""
        done = STATUSES.index("done")
        return {key for key in keys if key in self._index and self._index[key][0] != done}

    def drop(self, keys: Set[str]) -> None:
        """Forget some runs, so that they count as missing.

        Who is killed here leaves all other runs, and maybe these.
        """
        for name in [name for name, pack in self._packs.items() if not keys.isdisjoint(pack.keys)]:
            self._rewrite([name], keys)
        self.refresh()

    def tidy(self, alone: bool = True) -> None:
        """Put small packs together, and remove what killed processes left.

        Who is killed here leaves all runs, some of them twice.

        Parameters
        ----------
        alone : bool
            Whether nobody else may be writing to the store.
        """
        self.refresh()
        with suppress(FileNotFoundError):  # others are doing the same
            for group in list(self._small()):
                self._rewrite(group)
        if alone and self._place.is_dir():
            for entry in os.scandir(self._place):
                if entry.name.endswith(".part"):
                    os.unlink(entry.path)
        self.refresh()

    def _rewrite(self, group: Sequence[str], without: Set[str] = frozenset()) -> None:
        """Put packs together, without the rows that others hold, and without some runs."""
        from hamsim import __version__

        packs = [self._packs[name] for name in group]
        kept = [
            self._holding(name) & [key not in without for key in pack.keys]
            for name, pack in zip(group, packs, strict=True)
        ]
        table = joined([pack.table() for pack in packs], kept)
        if table.seconds.size:
            write_table(self._place / _new_name(), table, __version__)
            _to_disk(self._place)
        for pack in packs:
            pack.path.unlink(missing_ok=True)

    def _small(self) -> Iterator[list[str]]:
        """Packs that make one when they are put together."""
        group: list[str] = []
        size = 0
        for name in sorted(self._packs):
            bytes_ = self._packs[name].bytes
            if bytes_ >= SMALL and self._holding(name).all():
                continue
            if size + bytes_ > LARGE and len(group) > 1:
                yield group
                group, size = [], 0
            group.append(name)
            size += bytes_
        if len(group) > 1 or any(not self._holding(name).all() for name in group):
            yield group

    def _holding(self, name: str) -> Mask:
        """Which rows of a pack are not taken from another one."""
        keys = enumerate(self._packs[name].keys)
        return np.array([self._index[key][1:] == (name, number) for number, key in keys], bool)


def _new_name() -> str:
    return f"{secrets.token_hex(8)}.npz"


def _is_pack(name: str) -> bool:
    return name.endswith(".npz") and not name.startswith(".")


def _to_disk(folder: Path) -> None:
    """Bring the names of a folder to the disk."""
    with suppress(OSError):  # not every file system, and not Windows
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

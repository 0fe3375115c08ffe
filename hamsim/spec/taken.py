"""Whether each row of a table of neurons goes to one group of the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hamsim.counted import counted
from hamsim.errors import did_you_mean, printable
from hamsim.spec.tables import Table

if TYPE_CHECKING:
    from hamsim.spec.neurons import NeuronTable

__all__ = ["TakenRows"]


class TakenRows:
    """Which rows of tables the groups of a network take: every row should be one group's."""

    def __init__(self) -> None:
        self._files: dict[str, _Use] = {}

    def use(self, table: NeuronTable, group: str) -> None:
        """Note that a group has a table, before it is read."""
        self._files.setdefault(table.file, _Use()).groups.append(group)

    def rows(self, table: NeuronTable, cells: Table, column: int | None) -> dict[str, list[int]]:
        """Numbers of the rows by the group in a column; without one all belong to "".

        Raises
        ------
        DataFileError
            A row has too few or too many cells.
        """
        known = self._files[table.file].by_column
        if column not in known:
            cells.require_width(1, len(cells.rows[0]))
            found: dict[str, list[int]] = {}
            for k, row in enumerate(cells.rows[1:], start=1):
                name = "" if column is None else row[column].strip()
                found.setdefault(name, []).append(k)
            known[column] = found
        return known[column]

    def add(self, table: NeuronTable, group: str, cells: Table, column: int | None) -> None:
        """Note that a group takes the rows with its name in a column, or all."""
        use = self._files[table.file]
        rows = self.rows(table, cells, column)
        use.lines = cells.lines
        if column is not None:
            use.named = rows
            use.taken.update(rows.get(group, ()))
            use.ignored.append((group, table.ignore))
        else:
            use.taken.update(range(1, len(cells.rows)))
            if table.rows != "all":
                use.all_of.append(group)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Group and message for each table that has rows for nobody, or for several groups."""
        for file, use in self._files.items():
            name = Path(file).name
            if len(use.groups) > 1 and use.all_of:
                yield (
                    use.all_of[0],
                    f"'{name}' serves {len(use.groups)} groups, and without a column group "
                    f"'{use.all_of[0]}' takes all its rows; say which column that is by "
                    "columns: {group: ...}, or rows: all",
                )
            else:
                yield from use.problems(name)


class _Use:
    """What is known of one table: its groups, the rows that they take, and the group of each."""

    def __init__(self) -> None:
        self.groups: list[str] = []
        self.taken: set[int] = set()
        self.by_column: dict[int | None, dict[str, list[int]]] = {}
        self.named: dict[str, list[int]] = {}
        self.lines: Sequence[int] = ()
        self.ignored: list[tuple[str, Literal["others"] | tuple[str, ...]]] = []
        self.all_of: list[str] = []

    def problems(self, file: str) -> Iterator[tuple[str, str]]:
        passed: set[str] = set()
        for group, ignored in self.ignored:
            if ignored == "others":
                return
            passed.update(ignored)
            for name in ignored:
                if name not in self.named:
                    hint = did_you_mean(name, self.named, "its groups")
                    yield group, f"'{file}' has no group '{name}' to ignore; {hint}"
        left = {
            name: free
            for name, rows in self.named.items()
            if name not in passed
            and name not in self.groups
            and (free := [k for k in rows if k not in self.taken])
        }
        if not left:
            return
        count = sum(map(len, left.values()))
        line = self.lines[min(rows[0] for rows in left.values())]
        some = list(left.items())[:5]
        told = ", ".join(f"{printable(name[:40]) or 'blank'} ({len(k):,})" for name, k in some)
        yield (
            self.groups[0],
            f"'{file}' line {line}: no group of the network takes "
            f"{counted(count, 'row')}, of {told}"
            f"{', ...' if len(left) > 5 else ''}; say so by ignore: [...] or ignore: others",
        )

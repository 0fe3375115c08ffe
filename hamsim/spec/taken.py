"""Whether each row of a table of neurons goes to one group of the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hamsim.errors import did_you_mean, printable

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

    def add(
        self,
        table: NeuronTable,
        group: str,
        rows: Iterable[int],
        names: Sequence[tuple[int, str]] | None,
    ) -> None:
        """Note the rows that a group takes, by their lines.

        Parameters
        ----------
        names : sequence of (int, str), or None
            Line and group of every row; None where the group takes all.
        """
        use = self._files[table.file]
        use.taken.update(rows)
        if names is not None:
            use.names = names
            use.ignored.append((group, table.ignore))
        elif table.rows != "all":
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
    """What is known of one table: its groups, the lines that they take, and the group of each."""

    def __init__(self) -> None:
        self.groups: list[str] = []
        self.taken: set[int] = set()
        self.names: Sequence[tuple[int, str]] = ()
        self.ignored: list[tuple[str, Literal["others"] | tuple[str, ...]]] = []
        self.all_of: list[str] = []

    def problems(self, file: str) -> Iterator[tuple[str, str]]:
        there = dict.fromkeys(name for _, name in self.names)
        passed: set[str] = set()
        for group, ignored in self.ignored:
            if ignored == "others":
                return
            passed.update(ignored)
            for name in ignored:
                if name not in there:
                    hint = did_you_mean(name, there, "its groups")
                    yield group, f"'{file}' has no group '{name}' to ignore; {hint}"
        left = Counter(
            name
            for line, name in self.names
            if line not in self.taken and name not in passed and name not in self.groups
        )
        if not left:
            return
        line = next(line for line, name in self.names if name in left and line not in self.taken)
        some = [f"{printable(name[:40]) or 'blank'} ({n:,})" for name, n in left.most_common(5)]
        told = ", ".join(some) + (", ..." if len(left) > 5 else "")
        rows = "1 row" if left.total() == 1 else f"{left.total():,} rows"
        yield (
            self.groups[0],
            f"'{file}' line {line}: no group of the network takes {rows}, of {told}; "
            "say so by ignore: [...] or ignore: others",
        )

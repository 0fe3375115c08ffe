"""How much memory a part of a description needs, and how it is refused where there is less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from hamsim.errors import CompileError
from hamsim.memory import exceeds_memory, in_words
from hamsim.spec.patterns import DrawnPatterns

__all__ = ["FEWER", "Need", "patterns_need"]

FEWER = "; density:, degree: or probability: leaves some out"


class Need(NamedTuple):
    """Memory that a part of a description needs.

    Parameters
    ----------
    kept, passing : float
        Bytes for as long as the network is there, and besides while the part is made.
    what, hint : str
        Of a message: what needs it, and how it could be less.
    too_many : bool
        Whether it is refused, however much memory there is.
    """

    kept: float
    passing: float
    what: str
    hint: str = ""
    too_many: bool = False

    def require(self) -> None:
        """Refuse the part by itself.

        Raises
        ------
        CompileError
        """
        wanted = self.kept + self.passing
        if self.too_many or exceeds_memory(wanted):
            raise CompileError(f"{self.what} need {in_words(wanted)} of memory{self.hint}")


def patterns_need(patterns: Any, neurons: int, path: str) -> Iterator[Need]:
    """Patterns that are drawn; others have been read, and were found to have room then."""
    if isinstance(patterns, DrawnPatterns):
        what = f"{path}: {patterns.count:,} patterns of {neurons:,} neurons"
        yield Need(0.0, 8.0 * patterns.count * neurons, what)

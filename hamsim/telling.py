"""Who is told how far something is: nobody, a function, or whoever looks at a bar or a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from hamsim.errors import HamsimError, given

__all__ = ["Tell", "What", "telling"]

Tell = Callable[..., None]
# What is told of; each has words of its own in a bar.
What = Literal["run", "training", "sweep", "attractors", "branches", "stages", "weights"]


@contextmanager
def telling(progress: Tell | bool | None, what: What) -> Iterator[Tell | None]:
    """Give the function that is told how far something is, as long as it lasts.

    Parameters
    ----------
    progress : True, callable or None
        True shows a bar: HTML in a notebook, else a line of text. What `hamsim.live_view` gives
        is told of the beginning and of the end as well.
    what : str
        What is told of.

    Yields
    ------
    callable or None
        None where nobody wants to know.

    Raises
    ------
    HamsimError
        It is none of these.
    """
    if progress is None or progress is False:
        yield None
        return
    view: Any = progress
    if progress is True:
        from hamsim.notebook.bars import Bars  # an import against the floors

        view = Bars()
    elif not callable(progress):
        raise HamsimError(f"progress is True or a function, not {given(progress)}")
    if hasattr(view, "showing"):
        with view.showing(what) as tell:
            yield tell
    else:
        yield view

"""`live_view`: a picture of a run, or of training, while it goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from hamsim.errors import HamsimError, given
from hamsim.html.elements import fragment
from hamsim.html.markup import render
from hamsim.notebook.bars import Bar, Bars, html_bar, text_bar
from hamsim.notebook.outlets import Outlet, outlet
from hamsim.notebook.pace import Pace
from hamsim.notebook.scenes import RunScene, TrainingScene
from hamsim.request import count_of, number_of
from hamsim.telling import Tell, What

__all__ = ["LiveView", "live_view"]

# Parts of the share for taking states and for drawing; the rest is for what nobody measures.
TAKING, DRAWING = 0.2, 0.6
SECONDS = 0.1  # between two pictures at least


class LiveView:
    """What `live_view` gives, for ``progress=``; each run has a picture of its own."""

    def __init__(
        self, groups: Iterable[str] | None, neurons: Any, trial: int, share: float
    ) -> None:
        self._groups = groups if groups is None or isinstance(groups, str) else tuple(groups)
        self._neurons, self._trial, self._share = neurons, trial, share
        self.spent = 0.0

    def __call__(self, *told: Any) -> None:
        """Refuse to be called by itself: a picture has a beginning and an end."""
        raise HamsimError("a live view goes to progress=; it is not called")

    @contextmanager
    def showing(self, what: What) -> Iterator[Tell]:
        """A picture in a notebook; elsewhere, and of what has none, a bar.

        Yields
        ------
        callable
            Is told how far it is.
        """
        where = outlet()
        if not where.rich or what not in ("run", "training"):
            with Bars().showing(what) as tell:
                yield tell
            return
        taking = Pace(TAKING * self._share, 0.0)
        scene: RunScene | TrainingScene = TrainingScene()
        if what == "run":
            scene = RunScene(self._groups, self._neurons, self._trial, taking)
        shown, whole = _Picture(what, where, scene, self._share), False
        try:
            yield shown
            whole = True
        finally:
            shown.end(whole)
            self.spent = shown.spent + taking.spent


class _Picture:
    """One picture as long as a run lasts."""

    def __init__(
        self, what: What, where: Outlet, scene: RunScene | TrainingScene, share: float
    ) -> None:
        self._bar, self._where, self._scene = Bar(what, where), where, scene
        self._pace = Pace(DRAWING * share, SECONDS)

    @property
    def spent(self) -> float:
        """Seconds that drawing took while the run lasted."""
        return self._pace.spent

    def __call__(self, *told: Any) -> None:
        """Hear how far it is."""
        self._bar.hear(*told)
        self._scene.hear(*told)
        if self._pace.due():
            with self._pace.spending():
                self._show(*self._bar.words())

    def end(self, whole: bool) -> None:
        """Show how it ended."""
        if (last := self._bar.last_words(whole)) is not None:
            self._scene.end()
            self._show(*last)
        self._where.close()

    def _show(self, told: Any, words: str) -> None:
        panels = render("panels", parts=list(self._scene.parts()))
        html = fragment(html_bar(told, words), panels, label=told.label)
        self._where.show(text_bar(told, words), str(html))


def live_view(
    groups: Iterable[str] | None = None,
    neurons: Any = None,
    *,
    trial: int = 0,
    share: float = 0.05,
) -> LiveView:
    """Show a run, or training, while it goes on: ``simulate(..., progress=hamsim.live_view())``.

    In a notebook that is a picture of the energy, where it is recorded, of the residual, and of
    groups: curves of few neurons, a map of many, images of groups on a grid. Training shows loss
    and score. Elsewhere, and of other things that take ``progress``, there is a bar. The picture
    is drawn as often as its share of the time allows, and once more at the end; it changes no bit
    of what it looks at.

    Parameters
    ----------
    groups : str or iterable of str, optional
        The first four groups, grids first, if neither groups nor neurons are named; ``[]`` for
        none.
    neurons : str, int or iterable of these, optional
        Single neurons and ranges, as of `Network.index`.
    trial : int, optional
        Of which curves and maps are. Images are of the first six trials.
    share : float, optional
        Part of the time that it may take at most.

    Returns
    -------
    LiveView
        For the argument `progress`; it can be used again. Its `spent` is how many seconds the last
        picture took.

    Raises
    ------
    HamsimError
        An argument is no such number. Groups and neurons are looked up when the run begins.
    """
    if not 0.0 < number_of(share) <= 0.5:
        raise HamsimError(f"share is {given(share)}; it must be above 0 and at most 0.5")
    if isinstance(groups, str):
        groups = [groups]
    named: tuple[Any, ...] | None
    try:
        named = None if groups is None else tuple(groups)
    except TypeError:
        named = (None,)
    if named is not None and not all(isinstance(name, str) for name in named):
        raise HamsimError(f"groups is {given(groups)}; it must be names of groups")
    return LiveView(named, neurons, count_of("trial", trial, 0), share)

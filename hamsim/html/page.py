"""A whole page: one file that needs nothing else, and asks for nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hamsim import __version__
from hamsim.html.elements import style
from hamsim.html.markup import Html, package_text, render, trusted

if TYPE_CHECKING:
    from hamsim.plotting.frames import Frames

__all__ = ["Part", "document", "download", "frames", "zoomable"]


class Part(NamedTuple):
    """A part of a page with a title that others do not have."""

    title: str
    body: Html


def document(title: str, lead: Html, parts: Sequence[Part], foot: str) -> str:
    """The text of a page.

    The page itself forbids the browser to load anything, or to run another script than its own.

    Parameters
    ----------
    title : str
    lead : Html
        What stands above the parts.
    parts : sequence of Part
    foot : str
        What stands below them.
    """
    script = package_text("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    css = str(style()).removeprefix("<style>").removesuffix("</style>") + package_text("page.css")
    page = render(
        "page",
        title=title,
        lead=lead,
        parts=parts,
        foot=foot,
        css=trusted(css),
        script=trusted(script),
        digest=f"sha256-{digest}",
        version=__version__,
    )
    return f"{page}\n"


def zoomable(inner: Html, label: str) -> Html:
    """A picture that can be made larger and moved, by mouse and by keys.

    Parameters
    ----------
    inner : Html
        A `picture`.
    label : str
        What it is, in a few words.
    """
    return render("zoom", inner=inner, label=label)


def frames(images: Frames, words: str, caption: object = "") -> Html:
    """Images at several moments, of which a slider shows one.

    Parameters
    ----------
    images : Frames
    words : str
        What is shown, for those who do not see it.
    caption : str or Html, optional
    """
    _, _, rows, columns = images.values.shape
    colours = images.colours
    ramp = [f"rgb({r}, {g}, {b})" for r, g, b, _ in colours[:255:16].tolist()]
    return render(
        "frames",
        name=images.name,
        rows=rows,
        columns=columns,
        labels=images.labels,
        moments=[moment.replace("|", "/") for moment in images.moments],
        values=base64.b64encode(images.values.tobytes()).decode("ascii"),
        colours=base64.b64encode(colours.tobytes()).decode("ascii"),
        ramp=ramp,
        low=f"{images.low:.4g}",
        high=f"{images.high:.4g}",
        words=words,
        caption=caption,
    )


def download(text: str, name: str, kind: str, words: str) -> Html:
    """A link that saves a text which the page itself holds.

    Parameters
    ----------
    text : str
    name : str
        Of the file.
    kind : str
        Its media type.
    words : str
        Of the link.
    """
    coded = base64.b64encode(text.encode()).decode("ascii")
    return render("download", coded=coded, name=name, kind=kind, text=words)

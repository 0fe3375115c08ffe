"""Pictures of the zoo, made small, and in what two of them differ.

Letters are a little wider or narrower in each version of matplotlib, which moves panels by dots and
changes the edges of lines. So a small picture says where its panels are and what is written beside
them; where those agree, what is inside each panel is compared, made smaller still.
"""

import io
import json

import numpy as np
from PIL import Image, PngImagePlugin

import hamsim
from hamsim.cli.examples import zoo

WIDTH = 300  # dots across
FINER = 3  # times as many are drawn, and averaged
COLOURS = (64, 32, 16, 8)  # of a stored picture, fewer where it would be large
MOST_BYTES = 15_000
# Letters move a panel's edge by this part of the picture's width, or height, at most.
MOVED = 0.02
CELLS, CELL = 24, 4  # along a side of a panel whose contents are compared, and dots of each
RIM = 1.0  # dots along a panel's edge, which belong to its outside too
BLUR = np.array([0.25, 0.5, 0.25])  # over neighbouring cells: lines may be moved by one
# Mean change of colour inside a panel, of 1: so much, and this part of how much its colours differ.
UNLIKE, TEXTURE, MOST = 0.012, 0.4, 0.09
SEEN = 0.15  # change of a cell that nobody overlooks
FEW = 0.02  # part of the cells that may change so much


# Runs whose maps have neurons finer than dots: which of them a dot shows depends on the version.
FINE = ("dense", "maximum_cut")


def names():
    """All pictures, by the names of their files."""
    found = [path.stem for path in sorted(zoo().glob("*.yaml"))]
    return [f"{name}{kind}" for name in found for kind in ("", "-network")]


def picture_of(name):
    """The picture of a network, or of a run of it as its file says."""
    path = zoo() / f"{name.removesuffix('-network')}.yaml"
    if name.endswith("-network"):
        return hamsim.compile(path).plot()
    return hamsim.simulate(path, threads=1).plot()


def packed(picture):
    """A small picture as the bytes of a PNG, with what `facts` says of it."""
    dots = WIDTH * FINER / picture.get_size_inches()[0]
    with Image.open(io.BytesIO(picture.rendered(".png", dpi=dots))) as image:
        height = max(1, round(image.height / image.width * WIDTH))
        small = image.convert("RGB").resize((WIDTH, height), Image.Resampling.BOX)
    known = PngImagePlugin.PngInfo()
    known.add_text("facts", json.dumps(facts(picture), ensure_ascii=True))
    for colours in COLOURS:
        stream = io.BytesIO()
        few = small.quantize(colours, dither=Image.Dither.NONE)
        few.save(stream, "PNG", optimize=True, pnginfo=known)
        if stream.tell() <= MOST_BYTES:
            break
    return stream.getvalue()


def facts(picture):
    """Where panels are, in parts of the picture from its left and bottom, and their words."""
    across, down = picture.bbox.bounds[2:]
    panels = []
    for axes in picture.axes:
        x, y, w, h = axes.bbox.bounds
        bounds = [x / across, y / down, w / across, h / down]
        legend = axes.get_legend()
        words = [axes.get_xlabel(), axes.get_ylabel()]
        words += [axes.get_title(loc) for loc in ("left", "center", "right")]
        words += [text.get_text() for text in legend.get_texts()] if legend else []
        panels.append({"at": [round(part, 4) for part in bounds], "words": [w for w in words if w]})
    return {"panels": panels}


def differences(first, second, fine=False):
    """In what two small pictures differ, as sentences; bytes of PNG both."""
    one, other = (Image.open(io.BytesIO(each)) for each in (first, second))
    known, found = (json.loads(image.text["facts"])["panels"] for image in (one, other))
    if len(known) != len(found):
        return [f"{len(known)} panels have become {len(found)}"]
    tall = one.height - other.height
    if abs(tall) > 2:
        return [f"a height of {one.height} has become {other.height}"]
    said = []
    for k, (a, b) in enumerate(zip(known, found, strict=True)):
        if a["words"] != b["words"]:
            said.append(f"panel {k}: {a['words']} have become {b['words']}")
        far = max(abs(p - q) for p, q in zip(_edges(a["at"]), _edges(b["at"]), strict=True))
        if far > MOVED:
            said.append(f"panel {k} is {100 * far:.1f} % away from where it was")
            continue
        cells = _cells(one, a["at"])
        before, after = (_inside(*each, cells) for each in ((one, a["at"]), (other, b["at"])))
        mean, seen = unlike(before, after)
        contrast = np.abs(before - before.mean(axis=(0, 1))).max(axis=2).mean()
        # Of what is a few dots wide, as bars are, half a dot is much.
        thin = min(cells) < 3
        most = 2 * MOST if thin else MOST if fine else min(MOST, UNLIKE + TEXTURE * contrast)
        if mean > most or (seen > FEW and not thin):
            said.append(
                f"panel {k} shows something else: {mean:.3f} of colour, {seen:.3f} of cells"
            )
    return said


def unlike(one, other):
    """Mean change of colour between two arrays of cells, and the part of them that is seen."""
    change = one - other
    for axis in (0, 1):
        padded = np.pad(change, [(1, 1) if k == axis else (0, 0) for k in range(3)], mode="edge")
        parts = [np.take(padded, np.arange(change.shape[axis]) + k, axis) for k in range(3)]
        change = sum(weight * part for weight, part in zip(BLUR, parts, strict=True))
    most = np.abs(change).max(axis=2)
    return float(most.mean()), float(np.mean(most > SEEN))


def _edges(bounds):
    x, y, w, h = bounds
    return x, y, x + w, y + h


def _cells(image, bounds):
    """In how many cells a panel is compared, across and down."""
    sides = (bounds[2] * image.width, bounds[3] * image.height)
    return tuple(max(1, min(CELLS, int(side / CELL))) for side in sides)


def _inside(image, bounds, cells):
    """What is in a panel, as an array of cells from 0 to 1."""
    left, low, right, high = _edges(bounds)
    box = (
        max(0.0, left * image.width + RIM),
        max(0.0, (1 - high) * image.height + RIM),
        min(float(image.width), right * image.width - RIM),
        min(float(image.height), (1 - low) * image.height - RIM),
    )
    small = image.convert("RGB").resize(cells, Image.Resampling.BOX, box=box)
    return np.asarray(small, dtype=np.float64) / 255

"""What inputs are made from: example networks, valid files of the tests, random networks."""

import functools
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Networks whose whole matrix takes long are not for thousands of inputs.
TOO_LARGE = ("grid_cells.yaml",)
# Where the inputs' own files go, so that those beside them find the data that they name.
ZOO, VALID = "networks", "specs/valid"


def prepare(folder):
    """Put what inputs refer to into a folder."""
    folder = Path(folder)
    (folder / VALID).mkdir(parents=True, exist_ok=True)
    (folder / ZOO).mkdir(exist_ok=True)
    shutil.copytree(ROOT / "networks/data", folder / ZOO / "data", dirs_exist_ok=True)
    shutil.copytree(ROOT / "tests/specs/data", folder / "specs/data", dirs_exist_ok=True)


@functools.cache
def files():
    """Pairs of a folder of `prepare` and a valid network file, as bytes; in a fixed order."""
    found = []
    for place, source in ((ZOO, "networks"), (VALID, "tests/specs/valid")):
        for path in sorted((ROOT / source).glob("*.yaml")):
            if path.name not in TOO_LARGE:
                found.append((place, path.name, path.read_bytes()))
    return tuple(found)


@functools.cache
def texts():
    """The same as text."""
    return tuple((place, name, data.decode("utf-8-sig")) for place, name, data in files())


@functools.cache
def trees():
    """The same as what hamsim's reader of texts makes of them."""
    from hamsim.spec.text import parse_text

    return tuple((place, name, parse_text(text, name)[0]) for place, name, text in texts())


def random_description(seed):
    """A random network of the tests, as a dict."""
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        from random_networks import random_description
    finally:
        sys.path.remove(str(ROOT / "tests"))
    return random_description(seed, symmetric=bool(seed % 2), gated=bool(seed % 3 == 0))

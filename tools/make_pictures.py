"""Small pictures of every network of the zoo and of a run of it, for a test to compare.

    python tools/make_pictures.py [NAME ...]

writes them to tests/plotting/pictures: NAME.png of a run, NAME-network.png of the network. Look at
each before it is kept: what is stored is what the test takes for right.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.small_pictures import names, packed, picture_of  # noqa: E402 - needs the path

FOLDER = ROOT / "tests" / "plotting" / "pictures"


def main(chosen: list[str]) -> None:
    """Make the pictures that are named, or all."""
    known = names()
    for name in chosen:
        if name not in known:
            sys.exit(f"no picture '{name}'; there are {', '.join(known)}")
    FOLDER.mkdir(exist_ok=True)
    for name in chosen or known:
        made = packed(picture_of(name))
        (FOLDER / f"{name}.png").write_bytes(made)
        print(f"{name}.png  {len(made):,} bytes")
    for stale in sorted(FOLDER.glob("*.png")):
        if stale.stem not in known:
            stale.unlink()
            print(f"{stale.name}  removed")


if __name__ == "__main__":
    main(sys.argv[1:])

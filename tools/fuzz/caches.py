"""Ways in which a folder of compiled code can be damaged, and a trial of each.

What is in `CONTENTS` is pure: bytes of a file and a random generator give other bytes. What is in
`PLACES` puts something that is no file in the place of one. `damage` does one of these to all files
of a folder. Run as a script, it damages a full cache in each of these ways, runs a network with it
twice, and says whether the outcome is that of a fresh cache, and whether the second run found
everything mended:

    python tools/fuzz/caches.py [--network FILE] [--only WAY]
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["CONTENTS", "PLACES", "WAYS", "damage"]

NETWORK = Path(__file__).resolve().parents[2] / "networks" / "ring.yaml"

# --- one file ---


def _flip(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return b"\x01"
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _swap(data: bytes, rng: random.Random) -> bytes:
    """The second half before the first."""
    return data[len(data) // 2 :] + data[: len(data) // 2]


CONTENTS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "empty": lambda data, rng: b"",
    "halved": lambda data, rng: data[: len(data) // 2],
    "one byte short": lambda data, rng: data[:-1],
    "one byte more": lambda data, rng: data + b"\0",
    "one bit flipped": _flip,
    "zeros": lambda data, rng: bytes(len(data)),
    "zeros at the end": lambda data, rng: data[: len(data) // 2] + bytes(len(data) // 2),
    "noise": lambda data, rng: rng.randbytes(len(data)),
    "halves swapped": _swap,
    "a text": lambda data, rng: b"this file is not what it was\n",
    "another pickle": lambda data, rng: pickle.dumps(("0.0.0", {"a": [1, 2, 3]})),
}


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "file").write_bytes(b"in the way")


def _unreadable(path: Path) -> None:
    path.write_bytes(b"")
    path.chmod(0)


PLACES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda path: None,
    "a folder": _folder,
    "a pipe": os.mkfifo,
    "unreadable": _unreadable,
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "an endless file": lambda path: path.symlink_to("/dev/zero"),
    "a full disk": lambda path: path.symlink_to("/dev/full"),
}


# --- a folder ---


def damage(folder: Path, way: str, rng: random.Random) -> None:
    """Damage all files below a folder in one of `WAYS`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if way == "rotated":  # each has the contents of the next one of its kind
        for ending in {path.suffix for path in files}:
            same = [path for path in files if path.suffix == ending]
            contents = [path.read_bytes() for path in same]
            for path, data in zip(same, contents[1:] + contents[:1], strict=True):
                path.write_bytes(data)
    elif way == "a file in the folder's place":
        for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
            shutil.rmtree(inner)
            inner.write_bytes(b"in the way")
    elif way == "the folder cannot be written":
        for inner in sorted(path for path in folder.rglob("*") if path.is_dir()):
            inner.chmod(0o500)
    for path in files:
        if way in CONTENTS:
            path.write_bytes(CONTENTS[way](path.read_bytes(), rng))
        elif way in PLACES:
            path.unlink()
            PLACES[way](path)


WAYS = (
    *CONTENTS,
    *PLACES,
    "rotated",
    "a file in the folder's place",
    "the folder cannot be written",
)


# --- trials ---


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))


def _run(network: Path, cache: Path, full: bool = False) -> tuple[str, float]:
    """What a run says of where it ended, and its seconds."""
    code = (
        "import sys, hamsim\n"
        "trace = hamsim.simulate(hamsim.compile(sys.argv[1]))\n"
        "print(trace.outcome, trace.x.tobytes().hex()[:64], trace.energy[-1].hex(), hash(\n"
        "    (trace.x.tobytes(), trace.energy.tobytes())))"
    )
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, str(network)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        preexec_fn=_limit if full else None,
    )
    said = done.stdout + done.stderr
    return f"{said[-2000:]}exit {done.returncode}", time.perf_counter() - begin


def _has_changed(folder: Path, before: float) -> bool:
    return any(path.lstat().st_mtime > before for path in folder.rglob("*.nb?"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", type=Path, default=NETWORK)
    parser.add_argument("--only", choices=[*WAYS, "the disk is full"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    mended = 0
    with tempfile.TemporaryDirectory() as scratch:
        good = Path(scratch, "good")
        expected, seconds = _run(options.network, good)
        print(f"fresh: {seconds:.1f} s, {expected.splitlines()[-1]}")
        ways = [options.only] if options.only else [*WAYS, "the disk is full"]
        for number, way in enumerate(ways):
            cache = Path(scratch, f"damaged{number}")
            if way != "the disk is full":
                shutil.copytree(good, cache)
                damage(cache, way, random.Random(options.seed + number))
            found, seconds = _run(options.network, cache, full=way == "the disk is full")
            is_right, before = found == expected, time.time()
            again, seconds_again = _run(options.network, cache)
            is_right &= again == expected
            mended += is_right
            rest = "finds nothing to do" if not _has_changed(cache, before) else "compiles"
            word = "mended" if is_right else f"NOT MENDED: {found[-300:]!r} {again[-300:]!r}"
            print(
                f"{way:30} {seconds:5.1f} s, then {seconds_again:4.1f} s, {rest}: {word}",
                flush=True,
            )
            shutil.rmtree(cache, ignore_errors=True)
    print(f"{mended} of {len(ways)}")
    sys.exit(mended != len(ways))


if __name__ == "__main__":
    main()

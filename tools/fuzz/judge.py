"""What is wrong with what came of an input: nothing, if it succeeds or is refused with a place."""

import os
import re
import time
import traceback
import unicodedata
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from fuzz import doors
from fuzz.case import TooLargeError, WrongResultError
from fuzz.watch import Peak, printed

SECONDS = 10.0  # of processor time
BASE_BYTES = 64 * 2**20
BYTES_A_BYTE = 3
MAX_LINE = 2000
MAX_LINES = 60  # fifty mistakes of a file are printed, and how many more there are

# A key of a description at the beginning of a line, an option, an argument of a function.
KEY = re.compile(
    r"^(?:--[a-z][\w-]*|format|name|description|references|seed|parameters|groups|connections"
    r"|stimuli|simulation)\b|--[a-z]+"
)
ARGUMENTS = re.compile(
    r"\b(?:dt|t_end|steps|until|record|method|initial|threads|layout|dtype|energy|every|groups?"
    r"|expression|formula|domain|overrides|neurons?|trials?|nodes?|edges?|weight|tau|keyword"
    r"|commands?|graph|memory|options?|arguments?|Spec|[Ff]ile|folder|synapses|cannot be read"
    r"|nested more than)\b"
    r"|\w\[\d"
)
QUOTED = re.compile(r"'[^']*'")


@dataclass
class Verdict:
    """What came of one input.

    Parameters
    ----------
    outcome : str
        "success", "refused", "large" or "fault".
    message : str
        Of a refusal.
    faults : list of (str, str)
        A short word for the sort, by which findings are counted, and all that is known.
    seconds : float
        Of processor time, for all doors together.
    peak : int
        Bytes.
    """

    outcome: str = "success"
    message: str = ""
    faults: list = field(default_factory=list)
    seconds: float = 0.0
    peak: int = 0


def judged(case, folder):
    """Put an input through its doors, and say what is wrong with what comes out."""
    folder = Path(folder).resolve()
    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    verdict = Verdict()
    try:
        for door in case.doors:
            _through(door, case, folder, verdict)
    finally:
        os.chdir(folder)
        for name in case.files:
            (folder / name).unlink(missing_ok=True)
    if verdict.faults:
        verdict.outcome = "fault"
    return verdict


def _through(door, case, folder, verdict):
    from hamsim.errors import HamsimError

    os.chdir(folder)
    peak, error = Peak(), None
    start = time.process_time()
    with printed() as output, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        peak.begin()
        try:
            door.call(folder)
        except BaseException as raised:  # also what nobody expects: it is to be told
            error = raised
        taken = peak.bytes()
    seconds = time.process_time() - start
    verdict.seconds += seconds
    verdict.peak = max(verdict.peak, taken)
    note = _noter(verdict, door.name)
    if seconds > SECONDS:
        note("slow", f"{seconds:.1f} s of processor time")
    for warning in warned:
        _judge_warning(warning, note)
    if output.out or output.err:
        note("printed", f"{output.out[:300]!r} {output.err[:300]!r}")
    if error is None:
        return
    if isinstance(error, TooLargeError):
        verdict.outcome = "large"
    elif isinstance(error, WrongResultError):
        note("wrong result", str(error))
    elif isinstance(error, HamsimError | doors.CommandRefused):
        verdict.outcome, verdict.message = "refused", str(error)
        for complaint in complaints_of_text(str(error), case):
            note(f"message: {complaint}", _short(str(error)))
        if taken > BASE_BYTES + BYTES_A_BYTE * case.size:
            note("memory", f"{taken / 2**20:.0f} MB for a refused input: {_short(str(error))}")
    else:
        note(f"{type(error).__name__} at {_place_of(error)}", _traceback(error))
    error = None


def _noter(verdict, door):
    def note(sort, detail):
        verdict.faults.append((sort, f"[{door}] {detail}"))

    return note


def _judge_warning(warning, note):
    from hamsim.errors import HamsimWarning, SimulationWarning

    if not issubclass(warning.category, HamsimWarning | SimulationWarning):
        where = f"{Path(warning.filename).name}:{warning.lineno}"
        note(f"warning {warning.category.__name__} at {where}", str(warning.message)[:300])


def complaints_of_text(text, case):
    """What is wrong with the text of a refusal."""
    lines = text.split("\n")
    if not text.strip():
        return ["empty"]
    found = []
    if len(lines) > MAX_LINES:
        found.append("more than 60 lines")
    if any(len(line) > MAX_LINE for line in lines):
        found.append("a line of more than 2,000 characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text.replace("\n", "")):
        found.append("control characters")
    if not all(_has_place(line, case) for line in lines[:1] + lines[-1:] if line.strip()):
        found.append("without a place")
    return found


def _has_place(line, case):
    from hamsim.errors import printable

    line = line.removeprefix("hamsim: ")
    if re.fullmatch(r"(\.\.\. )?and [\d,]+ more mistakes", line):
        return True
    names = {Path(name).name for name in case.files}
    words = {*names, *filter(None, case.places), *(printable(word) for word in case.places if word)}
    if any(word in line for word in words):
        return True
    return bool(KEY.search(line) or ARGUMENTS.search(line) or QUOTED.search(line))


def _short(text):
    return text if len(text) <= 600 else f"{text[:500]} ... {text[-100:]}"


def _place_of(error):
    """The innermost line of hamsim that an error came through."""
    import hamsim

    place, package = "outside", Path(hamsim.__file__).parent
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if package in path.parents:
            place = f"{path.parent.name}/{path.name}:{line}"
    return place


def _traceback(error):
    lines = traceback.format_exception(error)
    return "".join(lines)[-1800:]

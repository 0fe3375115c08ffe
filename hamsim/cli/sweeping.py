"""What is swept over, as it is written on a command line."""

from __future__ import annotations

import re
from typing import Any

from hamsim.errors import HamsimError, Problem, SpecError

__all__ = ["parse_keep", "parse_numbers", "parse_over", "parse_samples", "parse_seeds"]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_STEPS = re.compile(rf"\s*({_NUMBER}):({_NUMBER}):({_NUMBER})\s*\Z")
_COUNT = re.compile(rf"\s*({_NUMBER}):({_NUMBER}):(log|linear):(\d+)\s*\Z")
_DRAWN = re.compile(rf"\s*(?:(log|normal|lognormal|integers):)?({_NUMBER}):({_NUMBER})\s*\Z")
_EXAMPLE = "PATH=VALUE,VALUE or PATH=START:STOP:STEP, as in --over groups.exc.tau=1:10:0.5"
# How the two numbers of a distribution are called.
_MOMENTS = {"normal": ("mean", "std"), "lognormal": ("mean", "std")}
_TABLES = (".csv", ".tsv")


def parse_over(texts: tuple[str, ...]) -> list[Any]:
    """What ``--over`` says, as `hamsim.sweep` takes it."""
    found: list[Any] = []
    for text in texts:
        if "=" not in text and text.strip().lower().endswith(_TABLES):
            found.append(text.strip())
            continue
        parts = [_named(part, text) for part in split(text, ";")]
        if len(parts) == 1:
            found.append(dict(parts))
            continue
        lists = [_expanded(values) for _, values in parts]
        counts = {len(values) for values in lists}
        if len(counts) > 1:
            told = ", ".join(
                f"{name} has {len(v)}" for (name, _), v in zip(parts, lists, strict=True)
            )
            raise HamsimError(f"--over {text}: what is zipped must be equally long: {told}")
        found.append({tuple(name for name, _ in parts): list(zip(*lists, strict=True))})
    return found


def parse_numbers(option: str, text: str) -> list[float]:
    """Numbers as START:STOP:STEP, START:STOP:log:COUNT or with commas between them."""
    values = _values(option, text)
    found = _expanded(values)
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in found):
        raise HamsimError(f"{option} {text}: write START:STOP:STEP, or numbers: 0.05,0.1,0.2")
    return [float(value) for value in found]


def _named(part: str, text: str) -> tuple[str, Any]:
    path, equals, values = part.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise HamsimError(f"--over {text}: write {_EXAMPLE}")
    return path.strip(), _values(path.strip(), values)


def _values(path: str, text: str) -> Any:
    """A range, or a list of values as they are written in a file."""
    if steps := _STEPS.match(text):
        start, stop, step = map(_number, steps.groups())
        return {"start": start, "stop": stop, "step": step}
    if spaced := _COUNT.match(text):
        start, stop = _number(spaced[1]), _number(spaced[2])
        return {"start": start, "stop": stop, "count": int(spaced[4]), "spacing": spaced[3]}
    return _listed("--over", path, text)


def _listed(option: str, path: str, text: str) -> list[Any]:
    from hamsim.spec.text import parse_text

    found = []
    for part in split(text, ","):
        try:
            value, _, problems = parse_text(part, option)
        except SpecError as error:
            problems = list(error.problems)
        if problems:
            raise SpecError([Problem(p.message, path, option) for p in problems])
        if value is None:
            raise HamsimError(f"{option} {path}={text}: there is nothing between two commas")
        found.append(value)
    return found


def _expanded(values: Any) -> list[Any]:
    if isinstance(values, list):
        return values
    from hamsim.spec.sweeping import RangeSpec, part_of

    return list(part_of(("--over",), values, RangeSpec).values)


def parse_samples(
    texts: tuple[str, ...], count: int | None, method: str, seed: int
) -> dict[str, Any] | None:
    """What ``--sample``, ``--samples``, ``--sampling`` and ``--sample-seed`` say."""
    if not texts and count is None:
        return None
    if not texts or count is None:
        raise HamsimError(
            "--samples says how many points are drawn and --sample PATH=LOW:HIGH of what: give both"
        )
    over: dict[str, Any] = {}
    for text in texts:
        path, equals, values = text.partition("=")
        if not equals or not path.strip() or not values.strip():
            raise HamsimError(
                f"--sample {text}: write PATH=LOW:HIGH, PATH=log:LOW:HIGH, PATH=normal:MEAN:STD, "
                "PATH=integers:LOW:HIGH or PATH=VALUE,VALUE"
            )
        if path.strip() in over:
            raise HamsimError(f"--sample {path.strip()} is given twice")
        over[path.strip()] = _distribution(path.strip(), values)
    return {"count": count, "over": over, "method": method.replace("-", "_"), "seed": seed}


def _distribution(path: str, text: str) -> dict[str, Any]:
    if not (drawn := _DRAWN.match(text)):
        return {"choice": _listed("--sample", path, text)}
    kind = {"log": "log_uniform", None: "uniform"}.get(drawn[1], drawn[1])
    names = _MOMENTS.get(str(kind), ("low", "high"))
    return {str(kind): dict(zip(names, (_number(drawn[2]), _number(drawn[3])), strict=True))}


def parse_seeds(text: str | None) -> Any:
    """What ``--seeds`` says: how many, or which."""
    if text is None:
        return None
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise HamsimError(f"--seeds {text}: write how many, or which: 20 or 3,5,8") from None
    return numbers[0] if len(numbers) == 1 else numbers


def parse_keep(text: str | None) -> list[str] | None:
    """What ``--keep`` says: words and numbers with commas between them."""
    return None if text is None else [part.strip() for part in split(text, ",")]


def split(text: str, separator: str) -> list[str]:
    """Parts of a text between separators that stand in no brackets and quotes."""
    parts, depth, quote, last = [], 0, "", 0
    for k, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == separator and depth == 0:
            parts.append(text[last:k])
            last = k + 1
    return [*parts, text[last:]]


def _number(text: str) -> float:
    whole = re.fullmatch(r"[-+]?\d+", text)
    return int(text) if whole else float(text)

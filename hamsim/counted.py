"""Numbers of things in words."""

from __future__ import annotations

__all__ = ["counted", "there_are"]

_HISSING = ("s", "x", "sh")


def counted(number: int, noun: str, others: str = "") -> str:
    """A number of things: 1 neuron, 1,200 neurons, 2 classes, 3 entries.

    Parameters
    ----------
    number : int
    noun : str
        What one is.
    others : str, optional
        What several are, where no rule says it: axes; branches, as epochs are no epoches.
    """
    if number == 1:
        return f"1 {noun}"
    if not others:
        if noun.endswith("y") and noun[-2:-1] not in "aeiou":
            others = f"{noun[:-1]}ies"
        else:
            others = f"{noun}es" if noun.endswith(_HISSING) else f"{noun}s"
    return f"{number:,} {others}"


def there_are(number: int, noun: str) -> str:
    """How many there are: there is 1 pattern, there are 2 patterns."""
    return f"there {'is' if number == 1 else 'are'} {counted(number, noun)}"

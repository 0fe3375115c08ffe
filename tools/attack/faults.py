"""What an attack found, and numbers that are certain."""

from dataclasses import dataclass

from mpmath import mp

from attack.arithmetic import DIGITS

# Holds for weights within rounding of those that are stored: shown, and no fault.
ROUNDING = "rounding of the weights"
AGREEMENT = 10  # digits that two precisions must share
MOST_DIGITS = 1500


@dataclass(frozen=True)
class Fault:
    """One claim that does not hold."""

    kind: str
    detail: str


def certain(evaluate, digits=DIGITS):
    """A number of mpmath that two precisions agree about, or None.

    `evaluate` is called without arguments at either precision, and must build everything anew from
    float64.
    """
    last = None
    most = max(MOST_DIGITS, 2 * digits)
    while digits <= most:
        with mp.workdps(digits):
            try:
                value = evaluate()
            except ZeroDivisionError:  # a place where there is no derivative
                return None
            if value is None:
                return None
        if last is not None and mp.isfinite(value):
            gap = abs(value - last)
            if gap <= abs(value) * mp.mpf(10) ** -AGREEMENT:
                return value
            if gap < mp.mpf(10) ** -(MOST_DIGITS):
                return value
        last, digits = value, 2 * digits
    return None


def short(values):
    """States for a message."""
    return "[" + ", ".join(mp.nstr(mp.mpf(v), 6) for v in values) + "]"

"""Which tests are too long for `pytest -m quick`, by how long they took in a run of all.

    pytest --junitxml=report.xml
    python tools/find_slow.py report.xml > tests/slow.txt

Takes the first case of each test. The shortest are quick, as many as are over in `BUDGET` seconds.
Give pytest a folder of compiled code that is warm (`NUMBA_CACHE_DIR`): else whichever test is
first to need a function pays for compiling it.
"""

import sys
from xml.etree import ElementTree

BUDGET = 25.0
MOST = 0.5  # seconds of one test


def first_cases(report):
    """Seconds of the first case of each test, by name."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("classname").removeprefix("tests.").replace(".", "/") + ".py"
        name = f"{file}::{case.get('name').partition('[')[0]}"
        found.setdefault(name, float(case.get("time")))
    return found


def slow(seconds):
    """Names of those that are not quick, in alphabetical order."""
    spent, names = 0.0, []
    for name, taken in sorted(seconds.items(), key=lambda pair: pair[1]):
        spent += taken
        if spent > BUDGET or taken > MOST:
            names.append(name)
    return sorted(names)


if __name__ == "__main__":
    print("\n".join(slow(first_cases(sys.argv[1]))))

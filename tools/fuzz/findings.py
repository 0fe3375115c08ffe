"""What was found: written with the inputs, counted, and told."""

import collections
import json
from pathlib import Path

from fuzz import inputs
from fuzz.case import Case


def write(folder, seed, number, verdict):
    """Keep an input and what is wrong with what came of it."""
    place = Path(folder) / f"{inputs.kind_of(seed, number)}-{number}"
    try:
        case = inputs.case(seed, number)
    except Exception as error:  # a fault of the maker, which the verdict tells
        case = Case(inputs.kind_of(seed, number), f"not made: {error!r}", [])
    for name, content in case.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    place.mkdir(parents=True, exist_ok=True)
    lines = [f"{case.kind} {number}: {case.label}", again(seed, number), ""]
    lines += [f"{sort}\n    {detail}" for sort, detail in verdict.faults]
    if case.told:
        lines += ["", case.told]
    (place / "finding.txt").write_text("\n".join(lines), encoding="utf-8", errors="replace")


def again(seed, number):
    """A line that makes and judges the input once more."""
    return f"python tools/fuzz_inputs.py --seed {seed} --only {number}"


class Tally:
    """Counts of outcomes and faults."""

    def __init__(self):
        self.outcomes = collections.defaultdict(collections.Counter)
        self.faults = collections.defaultdict(list)
        self.slowest, self.largest = (0.0, -1), (0, -1)
        self.seconds = collections.Counter()

    def add(self, number, kind, verdict):
        self.outcomes[kind][verdict.outcome] += 1
        self.seconds[kind] += verdict.seconds
        for sort, detail in verdict.faults:
            self.faults[sort].append((number, kind, detail))
        self.slowest = max(self.slowest, (verdict.seconds, number))
        if verdict.outcome == "refused":
            self.largest = max(self.largest, (verdict.peak, number))

    @property
    def faulty(self):
        """Numbers of inputs with faults."""
        return sorted({number for found in self.faults.values() for number, _, _ in found})

    def facts(self):
        """All of it for JSON."""
        return {
            "inputs": sum(sum(counts.values()) for counts in self.outcomes.values()),
            "outcomes": {kind: dict(counts) for kind, counts in sorted(self.outcomes.items())},
            "faults": {
                sort: {"count": len(found), "numbers": [number for number, _, _ in found][:50]}
                for sort, found in sorted(self.faults.items())
            },
            "faulty": self.faulty,
            "slowest": {"seconds": self.slowest[0], "number": self.slowest[1]},
            "largest_refused": {"bytes": self.largest[0], "number": self.largest[1]},
            "processor_seconds": dict(self.seconds),
        }

    def report(self):
        """Print the tables."""
        for kind, counts in sorted(self.outcomes.items()):
            words = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
            print(f"{kind:12} {counts.total():6}  {words}; {self.seconds[kind]:.1f} s")
        for sort, found in sorted(self.faults.items(), key=lambda item: -len(item[1])):
            numbers = ", ".join(str(number) for number, _, _ in found[:6])
            print(f"{len(found):6} {sort}: {numbers}")
            print("       " + found[0][2].strip().replace("\n", "\n       ")[-700:])
        print(
            f"slowest {self.slowest[0]:.2f} s (input {self.slowest[1]}); largest memory of a "
            f"refused one {self.largest[0] / 2**20:.0f} MB (input {self.largest[1]})"
        )

    def json(self):
        return json.dumps(self.facts(), indent=2)

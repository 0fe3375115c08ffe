"""Write the data of networks/c_elegans.yaml: neurons and gap junctions of C. elegans.

Needs one JSON file of the C. elegans Connectome Toolbox, which need not be installed:

    pip download --no-deps cect==0.3.5 && unzip cect-0.3.5-py3-none-any.whl -d cect
    python tools/make_c_elegans.py cect/cect/cache/VarshneyDataReader.json

The model is described in networks/c_elegans.yaml and networks/data/README-c_elegans.md.
"""

import csv
import re
import sys
from pathlib import Path

from hamsim.errors import HamsimError
from hamsim.formats.connectome import read_connectome

FOLDER = Path(__file__).resolve().parent.parent / "networks" / "data"
NEURONS = "c_elegans_neurons.csv"
JUNCTIONS = "c_elegans_gap_junctions.csv"

CAPACITANCE = 1.0  # pF
LEAK = 10.0  # pS, of the membrane
JUNCTION = 100.0  # pS, of one gap junction
CURRENT = {"PLML": 1.0, "PLMR": 1.0}  # pA; the touch receptor neurons of the tail
MS_PER_S = 1000.0  # pF / pS is a second
MV_PER_V = 1000.0  # pA / pS is a volt


def count_junctions(path):
    """Numbers of gap junctions by pairs of neurons; a neuron's with itself carry no current."""
    (connection,) = read_connectome(path, "Generic_GJ")["connections"]
    if "within" not in connection:
        raise HamsimError("the gap junctions are not symmetric")
    return {(a, b): number for a, b, number in connection["weights"]["edges"] if a != b}


def in_order(name):
    """Key of sorting that puts VA2 before VA10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def total_conductance(junctions):
    """Conductance in pS of each neuron that has a gap junction: its membrane and its junctions."""
    total = {name: LEAK for name in sorted({n for pair in junctions for n in pair}, key=in_order)}
    for pair, number in junctions.items():
        for name in pair:
            total[name] += JUNCTION * number
    return total


def make_tables(junctions):
    """Rows of both files."""
    total = total_conductance(junctions)
    neurons = [
        (name, MS_PER_S * CAPACITANCE / G, MV_PER_V * CURRENT.get(name, 0.0) / G)
        for name, G in total.items()
    ]
    both_ways = {**junctions, **{(b, a): number for (a, b), number in junctions.items()}}
    place = {name: k for k, name in enumerate(total)}
    edges = [
        (sender, receiver, JUNCTION * number / total[receiver])
        for (sender, receiver), number in sorted(
            both_ways.items(), key=lambda item: (place[item[0][0]], place[item[0][1]])
        )
    ]
    return neurons, edges


def write(name, header, rows):
    """Write a csv file; numbers with all their digits, so that reading gives the same bits."""
    with (FOLDER / name).open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(
            [repr(cell) if isinstance(cell, float) else cell for cell in row] for row in rows
        )


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/make_c_elegans.py VarshneyDataReader.json")
    try:
        junctions = count_junctions(sys.argv[1])
    except HamsimError as error:
        sys.exit(str(error))
    neurons, edges = make_tables(junctions)
    write(NEURONS, ("id", "tau", "input"), neurons)
    write(JUNCTIONS, ("from", "to", "weight"), edges)
    taus = [tau for _, tau, _ in neurons]
    print(f"{len(neurons)} neurons, tau {min(taus):.4g} to {max(taus):.4g} ms")
    print(f"{len(junctions)} pairs with {sum(junctions.values()):g} gap junctions")


if __name__ == "__main__":
    main()

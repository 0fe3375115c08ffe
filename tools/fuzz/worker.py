"""A process that makes and judges inputs, one number at a time, until it is told to end."""

import gc
import os
import traceback
import warnings

from fuzz import bases, inputs, judge


def work(connection, seed, folder):
    """Answer each number with its verdict; the folder is this process's own."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    os.environ["HAMSIM_TRACEBACK"] = "1"  # of a mistake of its own, a command says where
    os.makedirs(folder, exist_ok=True)
    bases.prepare(folder)
    os.chdir(folder)
    warm_up()
    connection.send("ready")
    while (number := connection.recv()) is not None:
        connection.send(verdict_on(seed, number, folder))
        if number % 20 == 0:
            gc.collect()


def verdict_on(seed, number, folder):
    """Number, kind, label and verdict of an input; a fault of the maker is one too."""
    kind = inputs.kind_of(seed, number)
    try:
        case = inputs.case(seed, number)
    except Exception:
        told = traceback.format_exc()[-1500:]
        return number, kind, "not made", judge.Verdict("fault", faults=[("maker", told)])
    return number, kind, case.label, judge.judged(case, folder)


def warm_up():
    """Load and compile what later inputs need, so that none of them pays for it."""
    import hamsim

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place, name, _ in bases.files():
            source = "networks" if place == bases.ZOO else "tests/specs/valid"
            network = hamsim.compile(bases.ROOT / source / name)
            if any(group.family.formula for group in network.groups):
                continue
            try:
                hamsim.simulate(network, steps=2)
            except hamsim.SimulationError:
                continue
            if network.n_neurons <= 20:
                hamsim.energy(network, network.initial, t=0.0)
                hamsim.velocity(network, network.initial, t=0.0)
                hamsim.from_networkx(network.to_networkx())
                hamsim.check(network, quick=True, seconds=0.1)

"""What is done with a network that was read: checked, run, saved, written and read again."""

import json
import random
from pathlib import Path

import numpy as np

from fuzz.case import TooLargeError, WrongResultError

# More than this is a large network, not a wrong one, and would take long for good reasons.
MAX_NEURONS = 20_000
MAX_PAIRS = 2_000_000
MAX_STATES = 200_000
# So much that it has to be refused, on whatever machine.
HOPELESS = 1e15
STEPS = 3
SECONDS_TO_CHECK = 0.1
CHECKED_NEURONS = 120
LAYOUTS = ("auto", "auto", "auto", "rows", "half", "tiles", "dense", "convolution")


def require_small(spec):
    """Leave what is large, unless it is so large that it must be refused."""
    counts = {name: float(group.count) for name, group in spec.groups.items()}
    total = sum(counts.values())
    work = total / MAX_NEURONS
    for connection in spec.connections:
        pairs = 1.0
        for end in connection.ends:
            pairs *= sum(total if name == "all" else counts[name] for name in end)
        work = max(work, pairs / MAX_PAIRS)
    work = max(work, total * (spec.simulation.trials or 1) / MAX_STATES)
    if 1 < work < HOPELESS / MAX_PAIRS:
        raise TooLargeError(f"{work:.1g} times what is tried")


def used(network, seed=0):
    """A few steps, and now and then more; `seed` decides what.

    Raises
    ------
    HamsimError
    WrongResultError
    """
    rng = random.Random(seed)
    n_states = network.n_neurons * (network.trials or 1)
    if n_states > MAX_STATES or network.W.nnz > MAX_PAIRS:
        return
    small = network.n_neurons <= CHECKED_NEURONS
    if small and rng.random() < 0.35:
        _check(network, rng)
    if small and rng.random() < 0.15:
        _through_graphs(network)
    if small and rng.random() < 0.15:
        _through_files(network, rng)
    if any(group.family.formula for group in network.groups) and rng.random() < 0.98:
        return  # compiling a formula takes seconds
    _run(network, rng)


def _check(network, rng):
    """Certificates are plain data, and nothing in them failed."""
    import hamsim

    if rng.random() < 0.3:
        run = hamsim.check_run(network, seconds=SECONDS_TO_CHECK)
        json.dumps(run.to_dict())
        found = run.certificate
    else:
        found = hamsim.check(network, quick=rng.random() < 0.7, seconds=SECONDS_TO_CHECK)
    if found is None:
        return
    told = json.loads(json.dumps(found.to_dict()))
    for condition in told["conditions"]:
        if "failure" in (condition.get("evidence") or {}):
            raise WrongResultError(f"a part of the check failed: {condition['evidence']}")


def _run(network, rng):
    """Simulate with options that people have; save and read what was recorded."""
    import hamsim
    from hamsim.methods import METHODS

    options = {}
    if rng.random() < 0.3:
        options["layout"] = rng.choice(LAYOUTS)
    if rng.random() < 0.2:
        options["dtype"] = "float32"
    if rng.random() < 0.3:
        options["method"] = rng.choice(tuple(METHODS))
    if rng.random() < 0.3:
        options["dt"] = rng.choice((1e-3, 0.1, 1.0, 1e-300, 1e300))
    if rng.random() < 0.2:
        options["record"] = rng.choice((None, hamsim.Record(what=("x", "g", "energy", "residual"))))
    if rng.random() < 0.1:
        options["until"] = rng.choice((1e-3, 1e300, 5e-324))
    trace = hamsim.simulate(network, steps=STEPS, **options)
    str(trace.outcome), repr(trace)
    json.dumps(trace.outcomes)
    if rng.random() < 0.1:
        hamsim.energy(network, network.initial, t=0.0)
        hamsim.velocity(network, network.initial, t=0.0)
    if rng.random() < 0.06:
        _through_a_file(trace)


def _through_a_file(trace):
    """A trace that is saved and read again is the same."""
    import hamsim

    path = Path("kept.nc").absolute()
    path.unlink(missing_ok=True)
    trace.save(path)
    again = hamsim.load_trace(path)
    for what in trace.header.what:
        if not np.array_equal(getattr(again, what), getattr(trace, what), equal_nan=True):
            raise WrongResultError(f"{what} of a saved trace is another")


# --- written and read again -----------------------------------------------------------------------


def same_network(one, other):
    """Whether two networks have the same neurons and synapses, bit for bit."""
    return (
        one.W.shape == other.W.shape
        and (one.W != other.W).nnz == 0
        and np.array_equal(one.tau, other.tau)
        and np.array_equal(one.input, other.input)
        and np.array_equal(one.initial, other.initial)
    )


def _through_graphs(network):
    import hamsim

    again = hamsim.compile(hamsim.from_networkx(network.to_networkx()))
    if not same_network(network, again):
        raise WrongResultError("the graph of a network is another network")


def _through_files(network, rng):
    from hamsim.formats import convert

    ending = rng.choice(("yaml", "graphml", "json", "npz", "mtx"))
    path = Path(f"written.{ending}").absolute()
    convert.write(network, path, force=True)
    if not same_network(network, convert.read(path).network):
        raise WrongResultError(f"a network written as {ending} is another when it is read")


def shown_again(spec):
    """What `hamsim show` prints must be the same network."""
    import hamsim

    path = Path("again.yaml").absolute()
    path.write_text(hamsim.dump(spec), encoding="utf-8")
    if hamsim.load(path) != spec:
        raise WrongResultError("the text of the resolved network loads to another one")

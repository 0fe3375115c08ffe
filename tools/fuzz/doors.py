"""The ways into hamsim, each bounded in the work that it may do."""

import json
import math
import os
import sys
from pathlib import Path

from fuzz import bases
from fuzz.case import Door, WrongResultError

# More than this is a large network, not a wrong one, and would take long for good reasons.
MAX_NEURONS = 20_000
MAX_PAIRS = 2_000_000
MAX_STATES = 200_000
# So much that it has to be refused, on whatever machine.
HOPELESS = 1e15
STEPS = 3
SECONDS_TO_CHECK = 0.1
CHECKED_NEURONS = 120


class TooLargeError(Exception):
    """What is asked for is much, but not wrong: nothing was tried."""


# --- networks -----------------------------------------------------------------------------------


def of_network_file(rng, path):
    """A file by one or two of its doors."""
    thorough = rng.random()
    doors = [Door("load", lambda folder: whole(folder / path, thorough))]
    if rng.random() < 0.12:
        doors.append(Door("command", _command_on(rng, path)))
    if rng.random() < 0.05:
        values = {rng.choice(OVERRIDES): rng.choice((2, -1, "n", None, [1, 2], {}, 1e300, "tanh"))}
        doors.append(Door("overrides", lambda folder: whole(folder / path, 1.0, values)))
    return doors


OVERRIDES = (
    "parameters.n",
    "groups",
    "groups.a",
    "groups.a.tau",
    "groups.a.lagrangian",
    "groups.a.lagrangian.beta",
    "groups.cells.neurons.A.tau",
    "connections[0].weights",
    "connections[0]",
    "connections[7].weights",
    "connections.x.weights",
    "stimuli[0].value",
    "simulation.dt",
    "simulation.record.every",
    "seed",
    "",
    ".",
    "a..b",
    "groups[0]",
    "connections[-1]",
    "connections[x]",
    "format",
    "\x00",
)


def of_description(rng, tree, place):
    """A dict: the folder of the data that it names is the working folder."""
    thorough = rng.random()

    def call(folder):
        os.chdir(folder / place)
        return whole(tree, thorough)

    return [Door("dict", call)]


def whole(source, thorough=1.0, overrides=None):
    """From a description to a few steps, as far as it goes.

    `thorough` is a number drawn from 0 to 1 that decides what is tried besides.
    """
    import hamsim

    spec = hamsim.load(source, overrides)
    require_small(spec)
    network = hamsim.compile(spec)
    used(network, thorough)
    if thorough < 0.12:
        _same_again(spec, hamsim.dump(spec))
    return spec


def used(network, thorough=1.0):
    """Check a compiled network and simulate it for a few steps."""
    import hamsim

    n_states = network.n_neurons * (network.trials or 1)
    if n_states > MAX_STATES or network.W.nnz > MAX_PAIRS:
        return
    if 0.12 <= thorough < 0.5 and network.n_neurons <= CHECKED_NEURONS:
        json.dumps(hamsim.check(network, quick=True, seconds=SECONDS_TO_CHECK).to_dict())
    if any(group.family.formula for group in network.groups):
        return  # compiling a formula takes seconds
    hamsim.simulate(network, steps=STEPS)
    if thorough > 0.9:
        hamsim.energy(network, network.initial)
        hamsim.velocity(network, network.initial)
    if thorough > 0.95 and network.n_neurons <= CHECKED_NEURONS:
        hamsim.compile(hamsim.from_networkx(network.to_networkx()))


def _same_again(spec, text):
    """What `show` prints must be the same network."""
    import hamsim

    path = Path("again.yaml").absolute()
    path.write_text(text, encoding="utf-8")
    again = hamsim.load(path)
    if again != spec and "nan" not in text:
        raise WrongResultError("the text of the resolved network loads to another one")


def require_small(spec):
    """Leave what is large, unless it is so large that it must be refused."""
    counts = {name: float(group.count) for name, group in spec.groups.items()}
    total = math.fsum(counts.values())
    work = total / MAX_NEURONS
    for connection in spec.connections:
        ends = [
            math.fsum(total if name == "all" else counts[name] for name in end)
            for end in connection.ends
        ]
        work = max(work, math.prod(ends) / MAX_PAIRS)
    work = max(work, total * (spec.simulation.trials or 1) / MAX_STATES)
    if 1 < work < HOPELESS / MAX_PAIRS:
        raise TooLargeError(f"{work:.1g} times what is tried")


# --- commands ------------------------------------------------------------------------------------


def _command_on(rng, path):
    """A command on a file that may be a network of small size, or wrong."""
    options = {
        "info": [["--json"], []],
        "show": [["--json"], []],
        "run": [["--steps", "2", "--no-save", "--json"], ["--steps", "2", "--no-save", "-q"]],
    }
    name = rng.choice(list(options))
    arguments = [name, path, *rng.choice(options[name])]
    if rng.random() < 0.3:
        arguments += [
            "--set",
            f"{rng.choice(OVERRIDES)}={rng.choice(('1', '[', 'n', '', '1e400'))}",
        ]

    def call(folder):
        import hamsim

        os.chdir(folder)
        try:
            spec = hamsim.load(path)
        except hamsim.HamsimError:
            pass
        else:
            require_small(spec)
            if name == "run" and any(g.lagrangian.expression for g in spec.groups.values()):
                raise TooLargeError("a formula would be compiled")
        return command(arguments)

    return call


class CommandRefused(Exception):
    """A command has ended with a message; its text is that of the exception."""


def command(arguments):
    """Run a command of hamsim in this process and judge its manners.

    Raises
    ------
    CommandRefused
        It ended with status 2, and with what is printed on stderr.
    WrongResultError
    """
    from fuzz.watch import printed
    from hamsim.cli.main import main

    error = None
    with printed() as output:
        try:
            main(list(arguments))
            status = 0
        except SystemExit as stop:
            status = stop.code
        except BaseException as exception:
            error = exception
    if error is not None:
        raise error
    judge_command(arguments, status, output.out, output.err)
    return status


def judge_command(arguments, status, out, err):
    """Raise what is wrong with the end of a command."""
    if status not in (0, 1, 2, 3):
        raise WrongResultError(f"exit status {status} of {arguments}: {err[-300:]}")
    if "Traceback" in err or "Traceback" in out or "Warning: " in err:
        raise WrongResultError(f"a traceback or a warning on stderr of {arguments}: {err[-500:]}")
    if status == 2:
        if not err.strip():
            raise WrongResultError(f"status 2 without a word: {arguments}")
        raise CommandRefused(err.rstrip("\n"))
    if "--json" in arguments and "--help" not in arguments and "--version" not in arguments:
        try:
            json.loads(out, parse_constant=_refuse_constant)
        except ValueError as wrong:
            raise WrongResultError(f"no JSON of {arguments}: {wrong}: {out[:200]!r}") from None


def _refuse_constant(word):
    raise ValueError(f"{word} is not JSON")


def command_apart(arguments, folder):
    """The same in a process of its own."""
    import subprocess

    code = "from hamsim.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(bases.ROOT)},
    )
    judge_command(arguments, done.returncode, done.stdout, done.stderr)
    return done.returncode

"""The ways into hamsim, each bounded in the work that it may do."""

import json
import os
import sys

from fuzz import bases, uses
from fuzz.case import Door, TooLargeError, WrongResultError

# --- networks -----------------------------------------------------------------------------------


def of_network_file(rng, path):
    """A file by one or two of its doors."""
    seed = rng.getrandbits(32)
    doors = [Door("load", lambda folder: whole(folder / path, seed))]
    if rng.random() < 0.12:
        doors.append(Door("command", _command_on(rng, path)))
    if rng.random() < 0.05:
        values = {rng.choice(OVERRIDES): rng.choice((2, -1, "n", None, [1, 2], {}, 1e300, "tanh"))}
        doors.append(Door("overrides", lambda folder: whole(folder / path, seed, values)))
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
    seed = rng.getrandbits(32)

    def call(folder):
        os.chdir(folder / place)
        return whole(tree, seed)

    return [Door("dict", call)]


def whole(source, seed=0, overrides=None):
    """From a description to a few steps, as far as it goes.

    `seed` decides what is tried besides.
    """
    import hamsim

    spec = hamsim.load(source, overrides)
    uses.require_small(spec)
    network = hamsim.compile(spec)
    uses.used(network, seed)
    if seed % 8 == 0:
        uses.shown_again(spec)
    return spec


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
            uses.require_small(spec)
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
        raise WrongResultError(f"exit status {status} of {arguments}: {err[-1500:]}")
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

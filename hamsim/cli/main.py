"""The command `hamsim`: finds a subcommand's file only when it is called, so that help is quick."""

from __future__ import annotations

import importlib
import os
import sys
from typing import NoReturn

import click

from hamsim import __version__
from hamsim.cli.output import put, standard_streams, tell
from hamsim.cli.ranks import tell_of_copies
from hamsim.cli.warned import restated_warnings
from hamsim.errors import HamsimError

__all__ = ["cli", "main"]

# Exit statuses beside those of `run` and `check`.
WRONG = 2
INTERNAL = 70
INTERRUPTED = 130
# With this in the environment an internal error is told with its traceback.
TRACEBACK = "HAMSIM_TRACEBACK"

_COMMANDS = {
    "run": "Simulate a network; save and draw what happened.",
    "check": "Prove or refute that a network must converge.",
    "show": "Print a network file resolved: nothing implicit left.",
    "info": "Print size, groups, connections and structure of a network.",
    "lagrangians": "List the Lagrangians, or say all that is known of one.",
    "convert": "Write a network as YAML, GraphML, JSON, npz or mtx.",
    "plot": "Draw a saved trace.",
    "report": "Write one page: what a network is, what is guaranteed, what happened.",
    "fixed-points": "Find where a network ends: rest states, cycles, shares of their basins.",
    "basins": "Draw to which attractor each state of a plane goes.",
    "continue": "Follow rest states along one parameter; find folds, crossings, Hopf points.",
    "sweep": "Run a network for many values; keep what each run gives.",
    "recall": "Let a network go on from cues; tell which pattern each finds.",
    "capacity": "Measure how well a network recalls its patterns, the more it stores.",
    "recall-basins": "Measure from how many wrong neurons it still finds them.",
    "train": "Train a network as its file says; check and draw what became of it.",
    "gradient": "Differentiate a network's loss; check gradients by differences.",
    "solve": "Solve the tour, cut or board that weights state; read out, draw, compare.",
    "repair": "Make a clean copy of a trace whose run was killed.",
    "examples": "List the networks that come with hamsim, or copy one.",
    "new": "Write a network to begin with: memory, circuit, layers, or from a csv file.",
    "schema": "Print the JSON Schema of network files, for editors.",
    "completion": "Print what lets a shell complete hamsim's arguments.",
}


class _LazyGroup(click.Group):
    """Imports a command when it is used; `--help` needs only its line above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"hamsim.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = not args or args[0] in _COMMANDS or args[0].startswith("-")
        if not known and not ctx.resilient_parsing:  # a shell that asks is not to be told
            from hamsim.errors import did_you_mean

            hint = did_you_mean(args[0], _COMMANDS, "commands")
            raise click.UsageError(f"no command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hamsim")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Build, check and simulate networks of neurons that have an energy.

    Start with:  hamsim run networks/digits.yaml --plot digits.png
    """
    tell_of_copies(ctx.invoked_subcommand)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command; mistakes of the user are one line each on stderr and exit status 2."""
    if "_HAMSIM_COMPLETE" in os.environ:
        import hamsim.cli.shells  # noqa: F401  (how shells are answered)
    with standard_streams() as (out, err), restated_warnings():
        status = _status_of(arguments)
        out.flush()
        if out.lost:
            tell(f"hamsim: cannot write the output: {out.lost}")
        err.flush()
        # What was closed on purpose is not missed: nobody wants to hear of it.
        missed = err.lost and sys.__stderr__ is not None
        if (out.lost or missed) and status != INTERRUPTED:
            status = WRONG
    sys.exit(status)


def _status_of(arguments: list[str] | None) -> int:
    """Exit status of the command; whatever ended it is told in a line."""
    try:
        status = cli.main(args=arguments, prog_name="hamsim", standalone_mode=False)
    except SystemExit as stop:  # of click, which answers a shell that completes
        status = stop.code
    except click.UsageError as error:
        return _told_of_use(error)
    except click.ClickException as error:
        tell(f"hamsim: {' '.join(error.format_message().split())}")
        return WRONG
    except (click.Abort, KeyboardInterrupt) as stop:
        cause = stop.__cause__ or stop.__context__
        if isinstance(cause, EOFError):  # click takes it for a closed terminal
            return _told(cause)
        tell("hamsim: interrupted")
        return INTERRUPTED
    except HamsimError as error:
        tell(str(error))
        return WRONG
    except MemoryError:
        tell("hamsim: not enough memory for this network or its records")
        return WRONG
    except OSError as error:
        return _told(error) if error.errno is None else _told_of_file(error)
    except Exception as error:
        return _told(error)
    return status if isinstance(status, int) else 0


def _told_of_use(error: click.UsageError) -> int:
    """Tell of arguments that make no command; without any, what the commands are."""
    if type(error).__name__ == "NoArgsIsHelpError":  # newer versions of click take it for a mistake
        put(f"{error.format_message()}\n")
        return 0
    said = " ".join(error.format_message().split())
    if error.ctx is not None and not said.endswith("?"):
        said = f"{said.rstrip('.')}; see {error.ctx.command_path} --help"
    tell(f"hamsim: {said}")
    return WRONG


def _told_of_file(error: OSError) -> int:
    """Tell of a file that the system refuses where no command expects it."""
    names = [name for name in (error.filename, error.filename2) if name is not None]
    where = "".join(f": '{os.fsdecode(name)}'" for name in names if not isinstance(name, int))
    tell(f"hamsim: {error.strerror}{where}")
    _traceback(error)
    return WRONG


def _told(error: BaseException) -> int:
    """Tell of a mistake that is hamsim's own."""
    said = " ".join(str(error).split())
    tell(
        f"hamsim: internal error: {type(error).__name__}{': ' if said else ''}{said}; please "
        f"report it, with what {TRACEBACK}=1 in the environment prints"
    )
    _traceback(error)
    return INTERNAL


def _traceback(error: BaseException) -> None:
    if os.environ.get(TRACEBACK):
        import traceback

        tell("".join(traceback.format_exception(error)).rstrip())

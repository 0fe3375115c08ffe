"""The command `hamsim`: finds a subcommand's file only when it is called, so that help is quick."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from hamsim import __version__
from hamsim.errors import HamsimError

__all__ = ["cli", "main"]

_COMMANDS = {
    "run": "Simulate a network; save and draw what happened.",
    "check": "Prove or refute that a network must converge.",
    "show": "Print a network file resolved: nothing implicit left.",
    "info": "Print size, groups, connections and structure of a network.",
    "lagrangians": "List the Lagrangians, or say all that is known of one.",
    "convert": "Write a network as YAML, GraphML, JSON, npz or mtx.",
    "plot": "Draw a saved trace.",
    "repair": "Make a clean copy of a trace whose run was killed.",
    "examples": "List the networks that come with hamsim, or copy one.",
}


class _LazyGroup(click.Group):
    """Imports a command when it is used; `--help` needs only its line above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"hamsim.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from hamsim.errors import did_you_mean

            hint = did_you_mean(args[0], _COMMANDS, "commands")
            raise click.UsageError(f"no command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hamsim")
def cli() -> None:
    """Build, check and simulate networks of neurons that have an energy.

    Start with:  hamsim run networks/digits.yaml --plot digits.png
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command; mistakes of the user are one line each on stderr and exit status 2."""
    try:
        status = cli.main(args=arguments, prog_name="hamsim", standalone_mode=False)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        click.echo(f"hamsim: {error.format_message()}", err=True)
        status = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("hamsim: interrupted", err=True)
        status = 130
    except HamsimError as error:
        click.echo(str(error), err=True)
        status = 2
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        click.echo(f"hamsim: cannot print: {error.strerror}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 2
    except MemoryError:
        click.echo("hamsim: not enough memory for this network or its records", err=True)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)

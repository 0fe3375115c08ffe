"""`hamsim completion`: what a shell needs to complete hamsim's arguments."""

from __future__ import annotations

import os

import click

from hamsim.cli.common import json_option
from hamsim.cli.output import echo_json, put, say
from hamsim.errors import printable


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
@click.option("--install", is_flag=True, help="Put the script where SHELL looks; default: yours.")
@json_option
def command(shell: str | None, install: bool, as_json: bool) -> None:
    """Print a script that lets bash, zsh or fish complete commands, options, files and paths.

    With --install it is put where the shell looks for it: bash and fish have folders for that; a
    block at the end of ~/.zshrc, and of ~/.bashrc where bash-completion is not set up, reads it.
    Doing so again changes nothing.

    Example:  hamsim completion bash --install
    """
    from hamsim.cli.shells import SCRIPTS

    if install:
        _install(shell, as_json)
    elif shell is None:
        said = "say for which shell: bash, zsh or fish; or --install"
        raise click.UsageError(said, click.get_current_context())
    elif as_json:
        echo_json({"shell": shell, "script": SCRIPTS[shell]})
    else:
        put(SCRIPTS[shell])


def _install(shell: str | None, as_json: bool) -> None:
    from hamsim.cli.shell_files import install, shell_of
    from hamsim.cli.shells import SCRIPTS

    shell = shell or shell_of(os.environ)
    found = install(shell, SCRIPTS[shell], os.environ)
    if as_json:
        files = [{"path": str(path), "done": what} for path, what in found.done]
        echo_json({"shell": shell, "files": files, "now": found.now})
        return
    for path, what in found.done:
        say(f"{printable(str(path))}: {what}")
    say(f"A new {shell} completes hamsim; this one does after:  {found.now}")

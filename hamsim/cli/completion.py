"""`hamsim completion`: what a shell needs to complete hamsim's arguments."""

from __future__ import annotations

import click

from hamsim.cli.output import put


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a script that lets bash, zsh or fish complete commands, options, files and paths.

    bash: put  eval "$(hamsim completion bash)"  into ~/.bashrc; zsh: the same with zsh into
    ~/.zshrc, after compinit; fish:  hamsim completion fish > ~/.config/fish/completions/hamsim.fish

    Example:  hamsim completion bash
    """
    from hamsim.cli.shells import SCRIPTS

    put(SCRIPTS[shell])

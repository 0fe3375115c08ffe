"""A page a command, from what click knows of it."""

from __future__ import annotations

import re

import click

from hamsim.cli.main import cli

__all__ = ["command_pages"]

# Where the guide tells more than a help text can.
_GUIDE = {
    "basins": ("attractors", "Where a network ends"),
    "capacity": ("recall", "Recalling patterns"),
    "check": ("guarantees", "What is guaranteed, and when"),
    "completion": ("beginning", "New networks, editors and shells"),
    "continue": ("continuation", "Rest states along a parameter"),
    "convert": ("graphs", "Graphs of networkx"),
    "examples": ("zoo", "Example networks"),
    "fixed-points": ("attractors", "Where a network ends"),
    "gradient": ("gradients", "Gradients"),
    "lagrangians": ("lagrangians", "Lagrangians"),
    "new": ("beginning", "New networks, editors and shells"),
    "recall": ("recall", "Recalling patterns"),
    "recall-basins": ("recall", "Recalling patterns"),
    "plot": ("figures", "Figures"),
    "report": ("reports", "Reports"),
    "repair": ("traces", "Traces"),
    "run": ("methods", "Methods"),
    "schema": ("beginning", "New networks, editors and shells"),
    "show": ("file", "The file"),
    "solve": ("problems", "Problems"),
    "sweep": ("sweeps", "Many runs"),
    "train": ("training", "Training"),
}


def command_pages() -> dict[str, str]:
    """Text of each command's page, by the command's name."""
    context = click.Context(cli, info_name="hamsim")
    names = cli.list_commands(context)
    commands = {name: cli.get_command(context, name) for name in names}
    return {name: _page(name, command, context) for name, command in commands.items() if command}


def _page(name: str, command: click.Command, parent: click.Context) -> str:
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [f"# hamsim {name}", *_paragraphs(command.help or "")]
    parts += [f"```text\n$ hamsim {name} {usage}\n```", _table(command, context)]
    if name in _GUIDE:
        page, title = _GUIDE[name]
        parts.append(f"More of it: [{title}](../guide/{page}.md).")
    return "\n\n".join(parts) + "\n"


def _paragraphs(help_text: str) -> list[str]:
    """Paragraphs of a help text; its examples become blocks that can be copied."""
    found = []
    for paragraph in re.split(r"\n\s*\n", help_text.replace("\b\n", "").strip()):
        text = " ".join(paragraph.split())
        example = re.fullmatch(r"Examples?:\s*(.*)", text)
        commands = re.split(r"\s(?=hamsim )", example[1]) if example else []
        found.append("```sh\n{}\n```".format("\n".join(commands)) if example else _escaped(text))
    return found


def _table(command: click.Command, context: click.Context) -> str:
    rows = ["| option | |", "|---|---|"]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            option, text = (re.sub(r"\s+", " ", part) for part in record)
            if text or option.startswith("-"):  # of others the usage says all
                rows.append(f"| `{_cell(option)}` | {_cell(_escaped(text))} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _escaped(text: str) -> str:
    """Text whose signs are no marks of Markdown."""
    return re.sub(r"([*_<\[\]`$])", r"\\\1", text)

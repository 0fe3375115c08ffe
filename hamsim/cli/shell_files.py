"""Puts the script of a shell where that shell looks for it; start-up files of people stay theirs.

A start-up file is changed only where a shell would not find the script without, and then by a block
between two marks, which is put in once, at the end.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from hamsim.counted import counted
from hamsim.errors import HamsimError, printable
from hamsim.paths import read_whole, replacing, why_unreadable

__all__ = ["SHELLS", "Done", "Installed", "install", "shell_of"]

BEGIN, END = b"# >>> hamsim completion >>>", b"# <<< hamsim completion <<<"
# What the first lines of a script say of it.
OWN = b"# hamsim: completion for "
# A start-up file that is larger is none.
MOST = 2**24
# Start-up files of the system, in which bash-completion may be set up for everybody.
SYSTEM = ("/etc/bash.bashrc", "/etc/bashrc")

_BASH = """\
if [ -r {file} ]; then . {file}; fi
"""
_ZSH = """\
if [[ -r {file} ]]; then
    (( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit -i }}
    source {file}
fi
"""


class Done(NamedTuple):
    """What was done to a file, in words."""

    path: Path
    what: str


class Installed(NamedTuple):
    """What was done to files, and what makes the shell that runs complete, too."""

    done: list[Done]
    now: str


def shell_of(environment: Mapping[str, str]) -> str:
    """The shell that a person uses.

    Raises
    ------
    HamsimError
    """
    name = os.path.basename(environment.get("SHELL", ""))
    if name not in SHELLS:
        known = f"your shell is {printable(name)}" if name else "your shell is not known"
        raise HamsimError(f"{known}; say which: hamsim completion {'|'.join(SHELLS)} --install")
    return name


def install(shell: str, script: str, environment: Mapping[str, str]) -> Installed:
    """Put a script where a shell looks for it; what is there already stays.

    Parameters
    ----------
    shell : {"bash", "zsh", "fish"}
    script : str
    environment : mapping of str to str

    Raises
    ------
    HamsimError
        Something else is in its place, or cannot be written.
    """
    home = environment.get("HOME", "")
    if not os.path.isabs(home) or not os.path.isdir(home):
        raise HamsimError("HOME names no folder, so that nobody knows where your shell looks")
    return SHELLS[shell](Path(home), script.encode(), environment)


def _bash(home: Path, script: bytes, environment: Mapping[str, str]) -> Installed:
    """A folder of bash-completion; where that is not set up, the start-up file reads the script."""
    data = _folder(environment, "XDG_DATA_HOME", home / ".local" / "share")
    file = data / "bash-completion" / "completions" / "hamsim"
    startup = home / ".bashrc"
    before = _read(startup)  # first: where it cannot be read, nothing is written
    done = [_write(file, script)]
    system = [read_whole(Path(name), MOST) or b"" for name in SYSTEM if os.path.isfile(name)]
    if not any(map(_asks_for_all, (before, *system))):
        done.append(_block(startup, _BASH.format(file=shlex.quote(str(file)))))
    return Installed(done, f". {shlex.quote(str(file))}")


def _zsh(home: Path, script: bytes, environment: Mapping[str, str]) -> Installed:
    data = _folder(environment, "XDG_DATA_HOME", home / ".local" / "share")
    file = data / "zsh" / "site-functions" / "_hamsim"
    startup = _folder(environment, "ZDOTDIR", home) / ".zshrc"
    block = _ZSH.format(file=shlex.quote(str(file)))
    _read(startup)  # first: where it cannot be read, nothing is written
    done = [_write(file, script), _block(startup, block)]
    return Installed(done, f"source {shlex.quote(str(file))}")


def _fish(home: Path, script: bytes, environment: Mapping[str, str]) -> Installed:
    config = _folder(environment, "XDG_CONFIG_HOME", home / ".config")
    file = config / "fish" / "completions" / "hamsim.fish"
    return Installed([_write(file, script)], f"source {shlex.quote(str(file))}")


# How a shell is told, by its name.
SHELLS: Mapping[str, Callable[[Path, bytes, Mapping[str, str]], Installed]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}


def _folder(environment: Mapping[str, str], name: str, default: Path) -> Path:
    """A folder that the environment names, if it does as it should."""
    named = environment.get(name, "")
    return Path(named) if os.path.isabs(named) else default


def _asks_for_all(startup: bytes) -> bool:
    """Whether a start-up file sets up bash-completion, which finds the script by itself."""
    lines = (line.strip() for line in startup.splitlines())
    return any(b"bash_completion" in line and not line.startswith(b"#") for line in lines)


def _read(path: Path) -> bytes:
    """A file of a person; empty where there is none."""
    if not os.path.lexists(path):
        return b""
    if why := why_unreadable(path):
        raise HamsimError(f"cannot read '{printable(str(path))}': {why}")
    found = read_whole(path, MOST)
    if found is None:
        raise HamsimError(f"'{printable(str(path))}' is too large to be a start-up file")
    return found


def _write(file: Path, script: bytes) -> Done:
    """Write the script; an earlier one is replaced, nothing else."""
    before = _read(file)
    if before == script:
        return Done(file, "is there already")
    if before and OWN not in before[:200]:
        raise HamsimError(f"'{printable(str(file))}' is there already and is not of hamsim")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        where = printable(str(file.parent))
        raise HamsimError(f"cannot make the folder '{where}': {error.strerror}") from None
    with replacing(file) as stream:
        stream.write(script)
    return Done(file, "replaced" if before else "written")


def _block(startup: Path, text: str) -> Done:
    """Put a block at the end of a start-up file, once; a block of other lines is put right."""
    before = _read(startup)
    block = BEGIN + b"\n" + text.encode() + END + b"\n"
    if block in before:
        return Done(startup, "reads it already")
    begin = before.find(BEGIN)
    end = before.find(END, begin)
    if begin >= 0 and end >= 0:
        after = before[:begin] + block + before[end + len(END) :].removeprefix(b"\n")
        what = "the block of hamsim put right"
    elif begin >= 0:
        raise HamsimError(
            f"'{printable(str(startup))}' has a line '{BEGIN.decode()}' and no end of that block; "
            "take it out, then try again"
        )
    elif _asks_itself(before):
        return Done(startup, "asks for it already")
    else:
        apart = b"" if not before or before.endswith(b"\n") else b"\n"
        after = before + apart + block
        what = f"{counted(len(block.splitlines()), 'line')} added at the end"
    with replacing(startup) as stream:
        stream.write(after)
    return Done(startup, what)


def _asks_itself(startup: bytes) -> bool:
    """Whether a person has put in what `hamsim completion --help` says."""
    lines = (line.strip() for line in startup.splitlines())
    return any(b"hamsim completion" in line and not line.startswith(b"#") for line in lines)

"""Scripts of shells are put where these look, once, and no start-up file is harmed."""

import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from hamsim.cli.shells import SCRIPTS

FILES = {
    "bash": ".local/share/bash-completion/completions/hamsim",
    "zsh": ".local/share/zsh/site-functions/_hamsim",
    "fish": ".config/fish/completions/hamsim.fish",
}
STARTUP = {"bash": ".bashrc", "zsh": ".zshrc"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home, on a system that sets nothing up."""
    place = tmp_path / "a home"
    place.mkdir()
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setattr("hamsim.cli.shell_files.SYSTEM", (str(tmp_path / "etc"),))
    return place


def content(folder):
    """All files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("shell", FILES)
def test_it_writes_where_the_shell_looks_and_again_changes_nothing(run, home, shell):
    status, out, err = run("completion", shell, "--install")
    assert (status, err) == (0, "")
    found = content(home)
    assert found[FILES[shell]].decode() == SCRIPTS[shell]
    assert set(found) == {FILES[shell], *([STARTUP[shell]] if shell in STARTUP else [])}
    lines = out.splitlines()
    assert lines[0] == f"{home / FILES[shell]}: written"
    assert lines[-1].startswith(f"A new {shell} completes hamsim; this one does after:  ")
    status, out, _ = run("completion", shell, "--install")
    assert status == 0
    assert out.splitlines()[0] == f"{home / FILES[shell]}: is there already"
    assert content(home) == found


@pytest.mark.parametrize("shell", STARTUP)
@pytest.mark.parametrize("before", [b"", b"alias a=b\n", b"no end of line", b"\xff\xfe latin\n"])
def test_a_startup_file_keeps_every_byte(run, home, shell, before):
    startup = home / STARTUP[shell]
    startup.write_bytes(before)
    startup.chmod(0o640)
    run("completion", shell, "--install")
    after = startup.read_bytes()
    assert after.startswith(before)
    added = after[len(before) :].removeprefix(b"\n").splitlines()
    assert added[0] == b"# >>> hamsim completion >>>"
    assert added[-1] == b"# <<< hamsim completion <<<"
    assert stat.S_IMODE(startup.stat().st_mode) == 0o640
    run("completion", shell, "--install")
    assert startup.read_bytes() == after


@pytest.mark.parametrize("shell", STARTUP)
def test_a_startup_file_that_is_a_link_stays_one(run, home, shell):
    (home / "dotfiles").mkdir()
    (home / "dotfiles" / "rc").write_text("alias a=b\n")
    (home / STARTUP[shell]).symlink_to("dotfiles/rc")
    run("completion", shell, "--install")
    assert (home / STARTUP[shell]).is_symlink()
    assert (home / "dotfiles" / "rc").read_text().startswith("alias a=b\n# >>> hamsim")


def test_an_older_block_is_put_right_in_its_place(run, home):
    run("completion", "zsh", "--install")
    startup = home / ".zshrc"
    block = startup.read_text()
    old = "first\n# >>> hamsim completion >>>\nold\n# <<< hamsim completion <<<\nlast\n"
    startup.write_text(old)
    assert "the block of hamsim put right" in run("completion", "zsh", "--install")[1]
    assert startup.read_text() == f"first\n{block}last\n"
    startup.write_text("first\n# >>> hamsim completion >>>\nlast\n")
    status, _, err = run("completion", "zsh", "--install")
    assert status == 2
    assert "no end of that block" in err
    assert startup.read_text() == "first\n# >>> hamsim completion >>>\nlast\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  . /usr/share/bash-completion/bash_completion\n", None),
        ("# . /usr/share/bash-completion/bash_completion\n", "5 lines"),
        ('eval "$(hamsim completion bash)"\n', "asks for it already"),
        ('# eval "$(hamsim completion bash)"\n', "5 lines"),
    ],
)
def test_bash_is_changed_only_where_it_would_not_find_the_script(run, home, text, said):
    (home / ".bashrc").write_text(text)
    _, out, _ = run("completion", "bash", "--install")
    if said is None or said.startswith("asks"):
        assert (home / ".bashrc").read_text() == text
    assert (said or "written") in out.replace("3 lines", "5 lines")
    assert out.count("\n") == (2 if said is None else 3)


def test_a_system_that_sets_up_bash_completion(run, home, tmp_path):
    (tmp_path / "etc").write_text("if true; then . /x/bash_completion; fi\n")
    run("completion", "bash", "--install")
    assert set(content(home)) == {FILES["bash"]}


def test_folders_that_the_environment_names(run, home, tmp_path, monkeypatch):
    for name, shell in (("XDG_DATA_HOME", "bash"), ("XDG_CONFIG_HOME", "fish")):
        monkeypatch.setenv(name, str(tmp_path / name))
        run("completion", shell, "--install")
        assert len(content(tmp_path / name)) == 1
    (tmp_path / "z").mkdir()
    monkeypatch.setenv("ZDOTDIR", str(tmp_path / "z"))
    run("completion", "zsh", "--install")
    assert set(content(tmp_path / "z")) == {".zshrc"}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("/bin/csh", "your shell is csh; say which: hamsim completion bash|zsh|fish --install"),
        ("", "your shell is not known; say which"),
    ],
)
def test_a_shell_that_is_not_known(run, home, monkeypatch, named, said):
    monkeypatch.setenv("SHELL", named)
    status, out, err = run("completion", "--install")
    assert (status, out) == (2, "")
    assert said in err
    assert content(home) == {}


def test_the_shell_is_that_of_the_environment(run, home, monkeypatch):
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    status, out, _ = run("completion", "--install", "--json")
    found = json.loads(out)
    assert (status, found["shell"]) == (0, "fish")
    assert [file["done"] for file in found["files"]] == ["written"]


def test_what_is_in_the_way_stays(run, home, monkeypatch):
    file = home / FILES["fish"]
    file.parent.mkdir(parents=True)
    file.write_text("complete -c hamsim -a mine\n")
    status, _, err = run("completion", "fish", "--install")
    assert status == 2
    assert "is there already and is not of hamsim" in err
    assert file.read_text() == "complete -c hamsim -a mine\n"
    file.write_text("# hamsim: completion for fish\nold\n")
    assert "replaced" in run("completion", "fish", "--install")[1]
    (home / ".zshrc").mkdir()
    assert "it is a folder, not a file" in run("completion", "zsh", "--install")[2]
    assert not (home / FILES["zsh"]).exists()
    (home / ".local" / "share").mkdir(parents=True)
    (home / ".local" / "share" / "bash-completion").write_text("")
    assert "cannot make the folder" in run("completion", "bash", "--install")[2]
    monkeypatch.setenv("HOME", "nowhere")
    assert "HOME names no folder" in run("completion", "bash", "--install")[2]


def test_without_a_shell_and_without_install(run):
    status, out, err = run("completion")
    assert (status, out) == (2, "")
    assert "say for which shell" in err
    assert json.loads(run("completion", "zsh", "--json")[1])["script"] == SCRIPTS["zsh"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_new_shell_completes(run, home, tmp_path, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    run("completion", shell, "--install")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "hamsim").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hamsim "$@"\n')
    (tmp_path / "bin" / "hamsim").chmod(0o755)
    asks = {
        "bash": "complete -p hamsim; "
        "COMP_LINE='hamsim lagrangians tan' COMP_WORDS=(hamsim lagrangians tan) COMP_CWORD=2; "
        "compopt() { :; }; _hamsim_completion; echo ${COMPREPLY[@]}",
        "zsh": "print ${_comps[hamsim]}",
    }
    root = os.path.dirname(os.path.dirname(sys.modules["hamsim"].__file__))
    done = subprocess.run(
        [shell, "-i", "-c", asks[shell]],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={
            "HOME": str(home),
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": root,
        },
    )
    wanted = {"bash": "-F _hamsim_completion hamsim\ntanh\n", "zsh": "_hamsim\n"}
    assert done.stdout.endswith(wanted[shell]), done.stderr

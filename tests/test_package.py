"""What a package says of itself is the same wherever it stands."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import hamsim

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_citation_is_of_this_version():
    assert CITATION["cff-version"] == "1.2.0"
    assert {"title", "message", "authors"} <= set(CITATION)
    assert CITATION["version"] == hamsim.__version__
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["authors"] == PROJECT["authors"]
    assert CITATION["abstract"] == PROJECT["description"]


def test_the_changelog_has_what_is_not_released_first():
    headings = re.findall(r"^## \[(.+?)\]", CHANGES, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert len(set(headings)) == len(headings)


def test_every_python_that_is_claimed_is_tried():
    claimed = {
        name.rpartition(" ")[2]
        for name in PROJECT["classifiers"]
        if name.startswith("Programming Language :: Python :: 3.")
    }
    job = re.search(r"for version in (3.+); do", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    assert set(job[1].split()) == claimed
    assert PROJECT["requires-python"] == f">={min(claimed, key=lambda v: int(v[2:]))}"


def test_types_and_texts_are_beside_the_modules():
    package = ROOT / "hamsim"
    assert (package / "py.typed").is_file()
    kept = {path.suffix for path in package.rglob("*") if path.is_file()}
    assert {".yaml", ".csv"} <= kept


def test_the_jobs_of_ci_are_those_that_are_told():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    jobs = re.search(r"^ +(newest \| .+)\) ;;$", script, re.MULTILINE)[1].split(" | ")
    told = re.findall(r"^#   ([a-z-]+)  ", script, re.MULTILINE)
    assert sorted(jobs) == sorted(told)
    for job in jobs:
        assert re.search(rf"^{job.replace('-', '_')}\(\) \{{$", script, re.MULTILINE), job
        assert job in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    done = subprocess.run(
        [ROOT / ".ci" / "run", "nosuch"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert all(job in done.stderr for job in jobs)


@pytest.mark.parametrize("tool", ["run_zoo.py", "check_package.py"])
def test_tools_say_how_they_are_called(tool):
    text = (ROOT / "tools" / tool).read_text(encoding="utf-8")
    assert f"python tools/{tool}" in text


def test_a_package_that_lacks_a_file_is_seen(tmp_path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import check_package
    finally:
        sys.path.remove(str(ROOT / "tools"))
    files = {"hamsim/a.py", "networks/x.yaml", "README.md"}
    assert set(check_package.in_wheel(files)) == {"hamsim/a.py", "hamsim/zoo/x.yaml"}
    found = list(check_package.differences({"hamsim/a.py", "b"}, {"hamsim/a.py", "c"}, "it"))
    assert found == ["it lacks c", "it has b, which is not of it"]
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "check_package.py", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1

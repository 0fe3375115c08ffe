"""Whether an sdist and a wheel hold what they should: every file of the repository, and no other.

    python -m build -o dist . && python tools/check_package.py dist

Of the wheel these are the files of `hamsim/`, and of `networks/` as `hamsim/zoo/`. Says what is
missing and what is too much; the exit status is 1 then.
"""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
# Of the repository, but of no use to who builds or tests an sdist.
LEFT_OUT = (".gitattributes", ".pre-commit-config.yaml")
# Made by whoever builds.
ADDED = ("PKG-INFO",)


def tracked():
    """Files of the repository."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.split("\0") if name}


def in_wheel(names):
    """Where a wheel has the files of a repository."""
    for name in names:
        top, _, rest = name.partition("/")
        if top == "hamsim":
            yield name
        elif top == "networks":
            yield f"hamsim/zoo/{rest}"


def differences(found, wanted, what):
    """What is missing and what is too much, a line each."""
    yield from (f"{what} lacks {name}" for name in sorted(wanted - found))
    yield from (f"{what} has {name}, which is not of it" for name in sorted(found - wanted))


def of_wheel(file, names):
    """What is wrong with a wheel."""
    with zipfile.ZipFile(file) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    return differences(held, set(in_wheel(names)), file.name)


def of_sdist(file, names):
    """What is wrong with an sdist."""
    with tarfile.open(file) as sdist:
        held = {each.name.partition("/")[2] for each in sdist if each.isfile()}
    wanted = {name for name in names if name not in LEFT_OUT}
    return differences(held - set(ADDED), wanted, file.name)


if __name__ == "__main__":
    if not (REPOSITORY / ".git").exists():
        sys.exit("this is no repository, of which a package could hold every file")
    folder, files = Path(sys.argv[1]), tracked()
    wheels, sdists = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    wrong = [] if len(wheels) == len(sdists) == 1 else [f"{folder} needs one wheel and one sdist"]
    for each in wheels:
        wrong += of_wheel(each, files)
    for each in sdists:
        wrong += of_sdist(each, files)
    print("\n".join(wrong) or f"{wheels[0].name} and {sdists[0].name} are whole")
    sys.exit(bool(wrong))

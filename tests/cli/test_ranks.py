"""Copies of a command that mpiexec or srun starts: they are told, and do not write one file."""

import pytest

from hamsim.cli.ranks import Copy, copy_of

OPEN_MPI = {"OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "1", "PMIX_RANK": "1"}
SRUN = {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2", "SLURM_NTASKS": "4"}


@pytest.fixture
def ranks(monkeypatch):
    """Put what a launcher says into the environment."""

    def put(rank):
        monkeypatch.setenv("PMI_SIZE", "3")
        monkeypatch.setenv("PMI_RANK", str(rank))

    return put


@pytest.mark.parametrize(
    ("environment", "copy"),
    [
        (OPEN_MPI, Copy("mpiexec", 3, 1)),
        ({"PMI_SIZE": "2", "PMI_RANK": "0"}, Copy("mpiexec", 2, 0)),
        (SRUN, Copy("srun", 4, 2)),
        # What srun counts inside of a job is that of the step, which mpiexec may start in turn.
        ({**SRUN, "SLURM_STEP_NUM_TASKS": "1", **OPEN_MPI}, Copy("mpiexec", 3, 1)),
        # A script of SLURM whose job has room for eight tasks is one process.
        ({"SLURM_NTASKS": "8", "SLURM_PROCID": "0"}, None),
        ({"PMI_SIZE": "1", "PMI_RANK": "0"}, None),
        ({"PMI_SIZE": "many", "PMI_RANK": "0"}, None),
        ({}, None),
    ],
)
def test_launchers_are_known_by_what_they_leave_in_the_environment(environment, copy):
    assert copy_of(environment) == copy


def test_copies_do_not_write_one_trace(run, pair, ranks, tmp_path):
    ranks(1)
    code, out, err = run("run", pair)
    assert (code, out) == (2, "")
    assert err.startswith("mpiexec has started 3 copies, each of which would write 'pair.nc': ")
    assert err.count("\n") == 1
    code, _, err = run("run", pair, "--out", "out_1.nc", "--plot", "out.png")
    assert code == 2
    assert "'out.png'" in err
    code, _, err = run("run", pair, "--out", "out_0.nc")
    assert code == 2
    assert not list(tmp_path.glob("*.nc"))


def test_copies_with_files_of_their_own_run(run, pair, ranks, tmp_path):
    ranks(1)
    code, _, err = run("run", pair, "--out", "out_01.nc")
    assert (code, err) == (0, "")
    assert (tmp_path / "out_01.nc").exists()


@pytest.mark.parametrize("arguments", [("info",), ("run", "--no-save")])
def test_the_first_copy_says_that_all_do_the_same(run, pair, ranks, arguments):
    ranks(0)
    code, _, err = run(*arguments, pair)
    assert code == 0
    assert err.startswith(f"note: mpiexec has started 3 copies of hamsim {arguments[0]}, which all")
    ranks(2)
    assert run(*arguments, pair)[::2] == (0, "")

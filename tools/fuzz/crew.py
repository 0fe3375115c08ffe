"""Workers that judge inputs, and one that watches them: a crash, a hang or a flood is a finding."""

import multiprocessing
import multiprocessing.connection
import os
import shutil
import tempfile
import time
from pathlib import Path

from fuzz import inputs, worker
from fuzz.judge import SECONDS, Verdict

# A worker may wait for the processor, but not for ever.
PATIENCE = 60.0
START = 300.0
MAX_BYTES = 6 * 2**30


class Crew:
    """Some workers, and what each of them is at.

    Parameters
    ----------
    seed : int
    count : int
        Of workers.
    work : callable
        What each of them does.
    """

    def __init__(self, seed, count, work=worker.work):
        self.seed, self.count, self.work = seed, count, work
        self.context = multiprocessing.get_context("spawn")
        self.folder = Path(tempfile.mkdtemp(prefix="hamsim-fuzz-"))
        self.workers = []
        self.made = 0

    def __enter__(self):
        self._start()  # alone, so that kernels are compiled once and found by the others
        self._await_ready(self.workers[0])
        for _ in range(self.count - 1):
            self._start()
        return self

    def __exit__(self, *reason):
        for one in self.workers:
            one.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self):
        self.made += 1
        self.workers.append(
            _Worker(self.context, self.work, self.seed, self.folder / f"w{self.made}")
        )

    def _await_ready(self, one):
        until = time.monotonic() + START
        while not one.ready:
            if not one.connection.poll(max(0.0, until - time.monotonic())):
                raise RuntimeError("a worker does not get ready")
            one.take()

    def judge(self, numbers):
        """Yield a number, kind, label and verdict of each, as they come."""
        waiting = iter(numbers)
        while True:
            for one in self.workers:
                if one.ready and one.number is None:
                    number = next(waiting, None)
                    if number is not None:
                        one.give(number)
            busy = [one for one in self.workers if one.number is not None or not one.ready]
            if not any(one.number is not None for one in self.workers):
                if all(one.ready for one in self.workers):
                    return
            sources = {one.connection: one for one in busy}
            for connection in multiprocessing.connection.wait(list(sources), timeout=0.25):
                one = sources[connection]
                try:
                    answer = one.take()
                except (EOFError, ConnectionResetError):
                    yield self._lost(one, f"crash: exit {one.exit_code()}")
                    continue
                if answer is not None:
                    yield answer
            for one in busy:
                if reason := one.overdue():
                    yield self._lost(one, reason)

    def _lost(self, one, reason):
        """End a worker and begin another; what it was at is a finding."""
        number = one.number
        one.kill()
        self.workers.remove(one)
        if number is None:
            raise RuntimeError(f"a worker ended before it had anything to do: {reason}")
        self._start()
        verdict = Verdict("fault", faults=[(reason.partition(":")[0], reason)])
        return number, inputs.kind_of(self.seed, number), "", verdict


class _Worker:
    """One process, the number that it is at, and since when."""

    def __init__(self, context, work, seed, folder):
        self.connection, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, seed, str(folder)), daemon=True)
        self.process.start()
        other.close()
        self.ready, self.number = False, None
        self.since, self.cpu = time.monotonic(), 0.0

    def give(self, number):
        self.number, self.since, self.cpu = number, time.monotonic(), self._cpu()
        self.connection.send(number)

    def take(self):
        answer = self.connection.recv()
        if answer == "ready":
            self.ready = True
            return None
        self.number = None
        return answer

    def overdue(self):
        """Why this worker must be ended; empty if it need not."""
        waited = time.monotonic() - self.since
        if not self.ready:
            return "start: a worker does not get ready" if waited > START else ""
        if self.number is None or waited < 1.0:
            return ""
        if waited > PATIENCE or self._cpu() - self.cpu > 1.5 * SECONDS:
            return f"hang: nothing came in {waited:.0f} s"
        if self._resident() > MAX_BYTES:
            return f"flood: {self._resident() / 2**30:.1f} GB of memory"
        return ""

    def _cpu(self):
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _resident(self):
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")

    def exit_code(self):
        self.process.join(5)
        return self.process.exitcode

    def kill(self):
        self.process.kill()
        self.process.join(5)
        self.connection.close()

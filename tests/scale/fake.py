"""A task whose runs are cheap, for engines."""

import hashlib
import os
import signal
import time

import numpy as np

from hamsim.scale.store import Row


class Fake:
    """Runs that give a number made of their own number; some kill their process."""

    shared = 1

    def __init__(self, count, seconds=0.0, killers=(), shared=1):
        self.keys = [hashlib.sha256(b"%d" % k).hexdigest() for k in range(count)]
        self.seconds, self.killers, self.shared = seconds, killers, shared

    def jobs(self, numbers):
        groups = {}
        for number in numbers:
            groups.setdefault(number // self.shared, []).append(number)
        return list(groups.values())

    def rows(self, job):
        for number in job:
            if number in self.killers:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.seconds)
            values = {"final": np.sin(np.arange(20.0) * (1 + number)), "n": number}
            yield Row(self.keys[number], outcome="converged", values=values)

    def warm(self):
        pass

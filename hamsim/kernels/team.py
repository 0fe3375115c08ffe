"""Several threads that share the pieces of each kind of work.

One thread leads: it goes through the steps and announces a kind of work (`kernels.works`). The
others follow: they take pieces of what is announced, as the leader does, until none is left. Who is
late finds nothing to do, and nobody waits for him; the leader waits only for pieces that are being
worked on. So a follower that the operating system has put aside for another process costs little.
Whoever waits long sleeps, which gives the processor away.

The board of a team is an array of int64. Its entry TICKET holds three numbers: how many pieces
there are, how many the leader has taken, and how many the others have. Adding to one of the latter
takes a piece: the leader takes them from the first on, the others from the last on, so that who
works on a piece finds in his cache what he wrote there before. A piece belongs to what was
announced when the ticket was taken, because the next announcement cannot come before it is done.
"""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Ints, place_of
from hamsim.kernels.atomics import NAP_ADDRESS, atomic_add, atomic_load, atomic_store, nap
from hamsim.kernels.calls import call_work
from hamsim.kernels.jit import internal, jit

__all__ = ["MOST_PIECES", "follow", "make_board", "perform", "stop", "work_alone"]

# Entries of the board, 64 bytes apart, so that they do not share a line of the cache.
_TICKET, _DONE, _WORK, _ARGUMENT, _STOP, _ALONE, _NAP = 0, 8, 16, 17, 24, 25, 32
_BYTES = 8
_BITS = 20  # of each of the ticket's numbers
_MASK = (1 << _BITS) - 1
MOST_PIECES = _MASK - 2**10  # as many threads may ask once too often

# How often somebody looks before he sleeps (a look takes about a nanosecond), and for how long, in
# microseconds.
_LOOKS = 100_000
_SHORT_NAP, _LONG_NAP = 20, 250


def make_board(alone: bool = False) -> Ints:
    """Make the board of a team that has nothing to do yet, or of a thread that works alone."""
    board = np.zeros(64, dtype=np.int64)
    board = board[(-(place_of(board) // _BYTES)) % 8 :][:40]
    board[_NAP], board[_ALONE] = NAP_ADDRESS, alone
    return board


@internal
def _left(ticket):
    """How many pieces nobody has taken."""
    return (ticket >> (2 * _BITS)) - ((ticket >> _BITS) & _MASK) - (ticket & _MASK)


@internal
def _take(at, leads):
    """Take a piece of what is announced; -1 if there is none."""
    if _left(atomic_load(at + _BYTES * _TICKET)) <= 0:
        return -1
    ticket = atomic_add(at + _BYTES * _TICKET, 1 << _BITS if leads else 1)
    if _left(ticket) <= 0:
        return -1
    first, last = (ticket >> _BITS) & _MASK, (ticket >> (2 * _BITS)) - 1
    return first if leads else last - (ticket & _MASK)


@internal
def _share(board, work, argument, count, table_at):
    """Do a kind of work together with those who follow."""
    at = board.ctypes.data
    atomic_store(at + _BYTES * _DONE, 0)
    atomic_store(at + _BYTES * _WORK, work)
    atomic_store(at + _BYTES * _ARGUMENT, argument)
    atomic_store(at + _BYTES * _TICKET, count << (2 * _BITS))
    own = 0
    piece = _take(at, True)
    while piece >= 0:
        call_work(work, table_at, argument, piece)
        own += 1
        piece = _take(at, True)
    looks = 0
    while atomic_load(at + _BYTES * _DONE) < count - own:
        looks += 1
        if looks > _LOOKS:
            nap(board[_NAP], _SHORT_NAP)


@jit
def perform(board, program, table_at):
    """Do all that a program says, alone or with a team.

    Parameters
    ----------
    board : ndarray
        Of the team that this thread leads.
    program : ndarray, shape (works, 3)
        See `kernels.works`.
    table_at : int
        Address of the table of what it works on; see `kernels.table`.
    """
    for row in range(program.shape[0]):
        work, argument, count = program[row, 0], program[row, 1], program[row, 2]
        if board[_ALONE] == 1 or count == 1 or count > MOST_PIECES:
            for piece in range(count):
                call_work(work, table_at, argument, piece)
        else:
            _share(board, work, argument, count, table_at)


@jit
def follow(board, table_at):
    """Take pieces of whatever is announced, until the team is stopped or its leader works alone."""
    at = board.ctypes.data
    looks, length = 0, _SHORT_NAP
    while atomic_load(at + _BYTES * _STOP) == 0 and atomic_load(at + _BYTES * _ALONE) == 0:
        piece = _take(at, False)
        if piece >= 0:
            work = atomic_load(at + _BYTES * _WORK)
            argument = atomic_load(at + _BYTES * _ARGUMENT)
            call_work(work, table_at, argument, piece)
            atomic_add(at + _BYTES * _DONE, 1)
            looks, length = 0, _SHORT_NAP
            continue
        looks += 1
        if looks > _LOOKS:
            nap(board[_NAP], length)
            length = min(2 * length, _LONG_NAP)


def work_alone(board: Ints, alone: bool) -> None:
    """Let the leader announce nothing for a while, or again; not while he performs a program.

    Those who follow return when they see it.
    """
    board[_ALONE] = alone


def stop(board: Ints) -> None:
    """Let those who follow return."""
    board[_STOP] = 1

"""What the kernels are given: bundles of arrays, in the kernels' own order of neurons.

Shapes: n neurons, m trials. Arrays of states are (n, m), trials innermost, so that a weight is
read once for all trials.

W is cut into parts, each stored in the way that is fastest for it (`hamsim.layout`). Rows of a
sparse part that are read one by one give u directly. Everything else is cut into *tasks*, which
read a weight once for both of its directions and add to *windows*: stretches of rows that only
this task writes. Afterwards the windows are added up, always in one order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints

__all__ = [
    "ACTIVATE",
    "ADDS",
    "ADD_DUAL",
    "ADD_LAGRANGIAN",
    "CLAMPED",
    "COMMON",
    "CONVOLUTION",
    "DRIVES",
    "HESSIAN",
    "HOLDS",
    "INSTANT",
    "MOVING",
    "PROX",
    "Accuracy",
    "Buffers",
    "Control",
    "Convexity",
    "Driven",
    "Forces",
    "Inside",
    "Kicks",
    "Late",
    "Plan",
    "Preserving",
    "Programs",
    "Records",
    "Stability",
    "Tableau",
    "Weights",
]

# What a neuron does while a stretch of constant stimuli lasts.
MOVING, INSTANT, CLAMPED = 0, 1, 2
# What noise neurons of a chunk have; of both kinds the sum.
WHITE, COLOURED = 1, 2
# What a value over time does: it is added to the constant current, it is added to what an earlier
# one has made of that, or it is the state.
DRIVES, ADDS, HOLDS = 0, 1, 2
# Rows of `Plan.chunk_calls`, in the order of `hamsim.lagrangians.functions.WHAT`.
ACTIVATE, ADD_DUAL, ADD_LAGRANGIAN, HESSIAN, PROX, COMMON = range(6)
# What a task is: rows of an upper triangle, tiles of one, rows of a dense block, or lines of what
# a convolution finds.
TRIANGLE, TILES, BLOCK, CONVOLUTION = 0, 1, 2, 3
# Columns of `Plan.tasks`.
# Rows of the triangle, tiles, or lines of features; the first row in strips of a dense block.
KIND, FIRST, LAST = 0, 1, 2
ROW, ROWS, COLUMN, COLUMNS = 3, 4, 5, 6  # neurons that it connects
ROW_OUT, COLUMN_OUT = 7, 8  # where its windows begin; -1 for a direction that it has not
AT = 9  # where the weights of a dense block, or its first strip, begin; which convolution
ROW_INSTANT, COLUMN_INSTANT = 10, 11  # 1 if those neurons follow at once
# Where tasks for many trials have room in the windows: a convolution for one trial, a dense block
# in float32 for a square of weights.
SCRATCH = 12
# Columns of a strip of a dense block, rows of its first strip, and by how many the next has more.
SIDE, HEIGHT, GROWS = 13, 14, 15
TASK_COLUMNS = 16
# Columns of `Plan.convolutions`.
IMAGE, IMAGE_HEIGHT, IMAGE_WIDTH, IMAGE_CHANNELS = 0, 1, 2, 3  # the first neuron, and the shape
FOUND, FOUND_WIDTH, FOUND_CHANNELS = 4, 5, 6
WINDOW_DOWN, WINDOW_ACROSS, STRIDE_DOWN, STRIDE_ACROSS, BEFORE_DOWN, BEFORE_ACROSS = range(7, 13)
# Where its kernel begins, as (down, across, channel in, channel out) and as (down, channel out,
# across, channel in); -1 for the mean of a window.
INWARD, OUTWARD = 13, 14
CONVOLUTION_COLUMNS = 15

Weights = NDArray[np.float64] | NDArray[np.float32]


class Plan(NamedTuple):
    """A network, cut into pieces that are worked on one by one.

    The pieces depend on the network and the number of trials alone, never on the number of
    threads, so that every sum has the same order and every result the same bits for any number of
    threads.
    """

    parameters: Floats  # (p, n)  parameters of the neurons' Lagrangians
    chunk_calls: Ints  # (6, chunks)  addresses of the functions of a chunk's Lagrangian, or 0
    chunk_start: Ints  # (chunks,)
    chunk_stop: Ints  # (chunks,)
    chunk_shared: Ints  # (chunks,)  neurons that share one Lagrangian; 1 where each has its own
    chunk_uniform: Ints  # (chunks,)  1 if all neurons of the chunk have the same parameters
    scale: Floats  # (n,)  factors of the neurons' parts of the energy; (0,) where all are 1
    block_start: Ints  # (blocks + 1,)  rows of W of about equal work

    # (tiles n + 1,)  rows that are read one by one; for many trials the rows of some columns, then
    # those of the next columns
    indptr: NDArray[np.uint64]
    indices: NDArray[np.uint32]  # unsigned: signed ones cost a test for wraparound each
    weights: Weights

    tasks: Ints  # (tasks, TASK_COLUMNS)
    triangle_indptr: NDArray[np.uint64]  # (n + 1,)  rows of the upper triangle; or (0,)
    tiles: Ints  # (tiles, 4)  first row, first column, first and last entry
    entries: NDArray[np.uint32]  # columns of the triangle, or row << 16 | column within a tile
    entry_weights: Weights
    # dense blocks: some rows after the others; for many trials some columns, each row by row, after
    # the others
    block_weights: Weights
    convolutions: Ints  # (convolutions, CONVOLUTION_COLUMNS)
    kernels: Floats  # of convolutions, each in both of its orders; never float32
    window_indptr: Ints  # (blocks + 1,)  windows that reach into a block of rows
    windows: Ints  # (those, 3)  first row, last row, where it begins

    gate_indptr: NDArray[np.uint64]  # (n + 1,)  gated synapses by receiving neuron; or (0,)
    gate_first: NDArray[np.uint64]  # (3 triples,)  the two neurons whose activations are multiplied
    gate_second: NDArray[np.uint64]  # (3 triples,)
    gate_weights: Floats  # (3 triples,)


class Forces(NamedTuple):
    """What holds while no stimulus changes."""

    input: Floats  # (n, m)  currents
    tau: Floats  # (n,)  infinite for neurons that do not integrate
    phase: NDArray[np.uint8]  # (n,)  MOVING, INSTANT or CLAMPED
    moving: Floats  # (1,)  number of neurons that integrate
    has_instant: bool


class Driven(NamedTuple):
    """Currents and states that change from one evaluation to the next: k entries of values."""

    row: Ints  # (1,)  which row of values the next evaluation takes
    chunks: Ints  # (pieces,)  chunks with such neurons
    first: Ints  # (pieces + 1,)  the first entry of each
    neurons: Ints  # (k,)  chunk by chunk
    kinds: NDArray[np.uint8]  # (k,)  DRIVES, ADDS or HOLDS
    columns: Ints  # (k,)  which of the values
    constant: Floats  # (k, m)  the constant part of the current
    values: Floats  # (rows, columns, m or 1)


class Tableau(NamedTuple):
    """An explicit Runge-Kutta method: stage i starts from x + sum_j a[i, j] k_j."""

    a: Floats  # (stages + 1, stages); the last row holds the weights b
    # (stages + 1,)  the error is about sum_j error[j] k_j; the last k_j belongs to the new state
    error: Floats


class Accuracy(NamedTuple):
    """How large the error of a step may be: atol + rtol max(|x|, |new x|) in each neuron."""

    atol: Floats  # (1,)
    rtol: Floats  # (1,)


class Preserving(NamedTuple):
    """Neurons that share a Lagrangian and have time constants of their own."""

    chunks: Ints  # (c,)  where there are such neurons
    orthogonal: Ints  # (c,)  1 where what they have in common is an orthogonal projection
    tau: Floats  # (n,)
    rate: Floats  # (n,)  the mean of 1 / tau over those that share a Lagrangian
    common: Floats  # (n, m)  room
    rest: Floats  # (n, m)
    again: Floats  # (n, m)


class Convexity(NamedTuple):
    """What convex splitting adds to the energy, and takes off again."""

    curvature: Floats  # (n,)  C
    kappa: Floats  # (n,)  C times the part of the way of a step


class Buffers(NamedTuple):
    """What a step writes; nothing is allocated while steps run."""

    # (1,) or (m,)  length of a step, the same in all trials or one for each
    h: Floats
    rate: Floats  # (n, 1) or (n, m)  h / tau; 0 for neurons that do not integrate
    x: Floats  # (n, m)  the state
    y: Floats  # (n, m)  the state at which a stage is evaluated, and the one a step is to end in
    g: Floats  # (n, m)  activations
    u: Floats  # (n, m)  W g + I - x, and what gated synapses add
    gated: Floats  # (n, m)  what gated synapses add to u; (0, m) if there are none
    # h / tau u of each stage; (stages - 1, n, m) where no step is refused: nobody needs the last
    k: Floats
    u_before: Floats  # (n, m)  u at x while a step is tried; (0, m) where none is refused
    gated_before: Floats  # (n, m)  the same of `gated`; (0, m)
    windows: Floats  # (rows of all windows, m)
    scratch: Floats  # (chunks, rows, width)  room for the chunks' functions
    block_residual: Floats  # (blocks, m)
    chunk_energy: Floats  # (chunks, 2, m)  part of the energy, and of the sum of its terms' sizes
    # (chunks, 2, m)  sum of squares of errors, in units of what they may be, and the largest error
    chunk_error: Floats
    residual: Floats  # (m,)
    error: Floats  # (2, m)  root mean square and largest of a step's errors, in the same units
    accepted: Floats  # (m,)  0 for trials in which the step is refused that has been tried
    energy: Floats  # (2, m)  energy, and sum of its terms' sizes
    previous: Floats  # (m,)  energy one step earlier
    watched: Floats  # (m,)  0 for trials whose residual and energy nobody asks for
    watch: Floats  # (8,)  see `kernels.step`


class Late(NamedTuple):
    """Delayed synapses of r receivers, which s neurons send; see `kernels.delayed`."""

    counts: Ints  # (2,)  states that were noted since a call began; 1 if nothing else changes
    receivers: Ints  # (r,)  sorted
    rows: Floats  # (evaluations, r, m)  what the synapses drive, as `Driven.values` has it
    noted: Ints  # (s,)  neurons whose states are noted
    x: Floats  # (steps + 1, s, m)  their states
    u: Floats  # (steps + 1, s, m)
    chunks: Ints  # (chunks + 1,)  receivers in each chunk of neurons
    indptr: Ints  # (r + 1,)  synapses by receiver
    senders: Ints  # (synapses,)
    weights: Floats  # (synapses,)


class Kicks(NamedTuple):
    """What noise adds in each step; only where a network with noise runs.

    tau dx = u dt + sigma dB where the noise is white; elsewhere tau dx = (u + eta) dt, where eta is
    an Ornstein-Uhlenbeck process.
    """

    key: NDArray[np.uint64]  # (2,)  of 32 bits each, see `kernels.normals`
    step: Ints  # (1,)  steps that have been taken
    averages: bool  # whether a step takes the mean of its own normal number and the next one's
    chunk_kind: Ints  # (chunks,)  0, or WHITE + COLOURED as far as its neurons have them
    who: NDArray[np.uint64]  # (n, m)  number in file order, and the trial's times 2**32
    sigma: Floats  # (n,)
    relaxation: Floats  # (n,)  time constant of the noise; 0 where it is white
    size: Floats  # (n,)  sigma sqrt(h) / tau; 0 for neurons without white noise
    decay: Floats  # (n,)  exp(-h / relaxation); 0 where the noise is white
    spread: Floats  # (n,)  standard deviation of what eta gains in a step
    normals: Floats  # (4, n, m)  of four steps
    earlier: Floats  # (n, m)  those of this step where it also takes the next one's; or (0, m)
    eta: Floats  # (n, m)  the noise of those that have a coloured one; or (0, m)


class Programs(NamedTuple):
    """What is to be done for all neurons, each of shape (works, 3); see `kernels.works`."""

    pace: Ints  # rates from h and tau
    evaluate: Ints  # g and u at x; neurons that follow at once get their x here
    advance: Ints  # one step; g and u must belong to x, and do so again afterwards
    # A step that may be refused, of methods that estimate its error; else both are empty.
    attempt: Ints  # from x, to which g and u must belong, to y, to which they belong then
    settle: Ints  # y becomes x in trials that accept it, in others g and u belong to x again
    measure: Ints  # parts of the energy; g and u must belong to x


class Records(NamedTuple):
    """Room for the records of one call; arrays that are not wanted have length 0."""

    columns: Ints  # (c,)  neurons to keep
    step: Ints  # (r,)
    x: Floats  # (r, m, c)
    g: Floats  # (r, m, c)
    energy: Floats  # (r, m)
    residual: Floats  # (r, m)


class Control(NamedTuple):
    """How each trial chooses its steps, and how far it is; see `kernels.control`."""

    rules: Floats  # (11,)  see `kernels.control`
    second: Floats  # (stages + 1,)  a second estimate of the error; or (0,)
    defect: Floats  # (n, m)  the first estimate
    defect2: Floats  # (n, m)  the second; or (0, m)
    time: Floats  # (m,)
    reach: Floats  # (m,)  where the step leads to that is being taken
    ahead: Floats  # (m,)  length of the next step, as far as its error goes
    before: Floats  # (m,)  error of the last step that was taken
    limit: Floats  # (m,)  error that a state may have at most, whatever its size
    left: Floats  # (m,)  residual at the state that a step leads to
    state: Ints  # (m,)  whether a trial goes on, and if not, why
    # (5, m)  steps taken, steps refused, refusals in a row, further evaluations, and steps since
    # the spectral radius was looked at
    counts: Ints
    lengths: Floats  # (2, m)  shortest and longest step taken
    number: Ints  # (m,)  numbers of these trials in the whole run
    first: Ints  # (works, 3)  the part of an attempt that evaluates its second stage
    nodes: Floats  # (k,)  when stages are evaluated, in steps, those of the interpolant too
    marks: Floats  # (q,)  rising parts of a step up to which kinks are integrated; the last is 1
    integrals: Floats  # (q, k)  weights of the stages at these
    # (b, n)  where slopes of activations jump, and by how much; (0, n) where none does
    breaks: Floats
    jumps: Floats  # (b, n)
    bent: Floats  # (n, m)  what kinks add to what neurons send in a step; (0, m)
    largest: Floats  # (chunks, m)  the largest of these
    # (chunks, 2, m)  part of the step at which the first kink is that matters, and by how much its
    # integral is off; a part above 1 where there is none
    meets: Floats
    resume: Floats  # (m,)  length of steps before one that ends at a kink; 0 where none does
    bend: Ints  # (works, 3)  weighs that; changes u and g only for a while
    direction: Floats  # (n, m)  of what is fastest, see `kernels.radius`; (0, m) if nobody asks
    length: Floats  # (m,)  of the direction
    radius: Floats  # (m,)  spectral radius of the Jacobian; 0 if it is not known
    apart: Floats  # (m,)  how far from the state it is looked at; 0 where it is not
    look: Ints  # (works, 3)  does so; changes u and g only for a while


class Stability(NamedTuple):
    """Whether steps are as long as stability admits; see `kernels.stiffness`."""

    rules: Floats  # (4,)  see there; (0,) where nobody asks
    found: Floats  # (chunks, 2, m)  parts of sums of squares
    score: Ints  # (2, m)  see there
    probe: Ints  # (works, 3)  writes `found`


class Inside(NamedTuple):
    """What is recorded within steps, by an interpolant; see `kernels.interpolate`."""

    polynomials: Floats  # (k, degree)  of the stages: coefficients of theta, theta^2, ...
    later: Floats  # (l, k)  stages that only the interpolant needs
    times: Floats  # (t,)  when something is recorded
    next: Ints  # (m,)  the first of these that a trial has not passed
    row: Ints  # (m,)  where the state of a trial is to be put; -1 for nowhere
    weights: Floats  # (m, k)  of the stages, at one time in each trial
    places: Ints  # (p,)  neurons that are recorded
    states: Floats  # (rows, p, m)  of these, at times that lie side by side
    kept: Floats  # (n, m)  the state that a step leads to, while `later` is evaluated; or (0, m)
    kept_gated: Floats  # (n, m)  the same of `gated`; or (0, m)
    finish: Ints  # (works, 3)  keeps what belongs to the new state, in the last stage of a step
    stages: Ints  # (works, 3)  those of `later`; or (0, 3)
    put: Ints  # (works, 3)  writes `states`

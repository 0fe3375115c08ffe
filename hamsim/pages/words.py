"""What the answers of a certificate mean, for people who do not know its words."""

from __future__ import annotations

__all__ = ["MEANING", "QUESTIONS", "SYMMETRY"]

QUESTIONS = {
    "energy_decreases": "Does the energy fall?",
    "bounded_below": "Does the energy have a lower bound?",
    "converges": "Does every solution come to rest?",
    "unique_equilibrium": "Is there exactly one rest state?",
    "globally_stable": "Does every solution go to the same rest state?",
    "instant_well_posed": "Do neurons with tau = 0 have one state each?",
}
MEANING = {
    "energy_decreases": {
        "proved": "In every state dE/dt is at most 0: no solution ever gains energy.",
        "refuted": "There is a state from which the energy rises; it is among the conditions.",
        "undecided": "It is not known whether the energy falls from every state.",
    },
    "bounded_below": {
        "proved": "The energy cannot fall without end.",
        "refuted": "There are states of ever lower energy, without end.",
        "undecided": "It is not known whether the energy can fall without end.",
    },
    "converges": {
        "proved": "From whatever state it starts, the network ends in a state that rests.",
        "refuted": "There are solutions that never come to rest.",
        "undecided": "It may come to rest from everywhere, but nothing here proves it.",
    },
    "unique_equilibrium": {
        "proved": "There is one rest state and no other, stable or not.",
        "refuted": "There is not exactly one rest state, as is usual of a memory.",
        "undecided": "It is not known how many rest states there are.",
    },
    "globally_stable": {
        "proved": "The network forgets its start: it ends in the same state from everywhere.",
        "refuted": "Where it ends depends on where it starts, or it does not end.",
        "undecided": "It is not known whether the end depends on the start.",
    },
    "instant_well_posed": {
        "proved": "The states of neurons that follow at once are determined by the others'.",
        "refuted": "For some states of the others they have several states, or none.",
        "undecided": "It is not known whether their states are determined by the others'.",
    },
}
SYMMETRY = {
    "symmetric": "W is equal to its transpose: each synapse acts both ways with one weight.",
    "symmetrizable": "Positive scales of the neurons make W symmetric, and there is an energy.",
    "signed": "Scales of the neurons make W symmetric, some of which are negative.",
    "none": "No scales of the neurons make W symmetric, so the energy need not fall.",
}

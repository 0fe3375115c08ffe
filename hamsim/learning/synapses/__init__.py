"""Weights that are learned: each once, their derivatives, and how they are changed."""

from hamsim.learning.synapses.gradient import SynapseGradient
from hamsim.learning.synapses.learned import LearnedWeights
from hamsim.learning.synapses.parts import Synapses, synapses_of
from hamsim.learning.synapses.turned import transposed

__all__ = ["LearnedWeights", "SynapseGradient", "Synapses", "synapses_of", "transposed"]

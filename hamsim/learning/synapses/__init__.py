"""Weights that are learned: each once, their derivatives, and how they are changed."""

from hamsim.learning.synapses.gradient import SynapseGradient
from hamsim.learning.synapses.learned import LearnedWeights
from hamsim.learning.synapses.parts import Synapses, synapses_of

__all__ = ["LearnedWeights", "SynapseGradient", "Synapses", "synapses_of"]

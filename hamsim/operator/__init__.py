"""The prepared network: activations, drives, energy and products, arranged once."""

from hamsim.operator.kept import neurons_of, operator_of
from hamsim.operator.neurons import Neurons
from hamsim.operator.operator import Operator

__all__ = ["Neurons", "Operator", "neurons_of", "operator_of"]

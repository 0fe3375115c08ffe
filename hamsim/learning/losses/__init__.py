"""Losses: what is to become small, with its derivative by activations or states."""

from hamsim.learning.losses.bound import BoundLoss
from hamsim.learning.losses.loss import Loss, loss

__all__ = ["BoundLoss", "Loss", "loss"]

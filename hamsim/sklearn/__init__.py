"""Networks as estimators of scikit-learn: ``pip install 'hamsim[sklearn]'``."""

try:
    from sklearn.utils.validation import validate_data as _  # noqa: F401
except ImportError as error:
    raise ImportError(
        "hamsim.sklearn needs scikit-learn 1.6 or newer: pip install 'hamsim[sklearn]'"
    ) from error

from hamsim.sklearn.associative import AssociativeMemory
from hamsim.sklearn.classifier import EnergyClassifier
from hamsim.sklearn.completer import EnergyCompleter

__all__ = ["AssociativeMemory", "EnergyClassifier", "EnergyCompleter"]

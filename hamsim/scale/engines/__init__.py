"""Who runs the jobs of a sweep: this process, or several on one folder."""

from hamsim.scale.engines.engine import run

__all__ = ["run"]

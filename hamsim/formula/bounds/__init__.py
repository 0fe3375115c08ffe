"""Bounds of trees over boxes of states and parameters."""

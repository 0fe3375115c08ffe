"""Curves of rest states along one parameter: their turns, their crossings, their stability."""

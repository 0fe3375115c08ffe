"""Patterns as memories of networks: stored, recalled one by one, counted."""

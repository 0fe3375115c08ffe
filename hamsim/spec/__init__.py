"""Descriptions of networks: from YAML text to a checked `Spec`."""

"""A short mark of what a network file describes, whatever its words are."""

import hashlib
import json

import yaml


def fingerprint(path):
    """Twelve hex digits of the file without its name and description."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    told = {key: value for key, value in content.items() if key not in ("name", "description")}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]

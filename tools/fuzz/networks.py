"""Network files: valid ones with lines, words, bytes, keys and values changed."""

import json
import re

import yaml

from fuzz import bases, doors, oddities, spoil, trees, vocabulary
from fuzz.case import Case

NAME = "mutant.yaml"
# A scalar after a key, in block or in flow style.
SCALAR = re.compile(
    r"(?<=: )[^\s{\[][^,}\]\n]*|(?<=\[)[^\s,\]\[{}]+|(?<=, )[^\s,\]\[{}:]+(?=[,\]])"
)
KEY = re.compile(r"\b[A-Za-z_]\w{0,40}(?=:)")


def make(rng):
    place, name, text = rng.choice(bases.texts())
    how = rng.choice(_WAYS)
    content = how(rng, place, text)
    path = f"{place}/{NAME}"
    label = f"{name} {how.__name__.strip('_')}"
    return Case("networks", label, doors.of_network_file(rng, path), {path: content})


# --- ways ---------------------------------------------------------------------------------------


def _of_text(rng, place, text):
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        text = rng.choice(_TEXT)(rng, text)
    return spoil.encoded(rng, text)


def _of_bytes(rng, place, text):
    return spoil.spoilt(rng, text.encode())


def _of_tree(rng, place, text):
    """Written anew from a changed tree, in block or flow style or as JSON."""
    _, _, tree = rng.choice([base for base in bases.trees() if base[0] == place])
    tree = trees.changed(rng, tree, _odd)
    return _written(rng, tree)


def _of_random(rng, place, text):
    tree = bases.random_description(rng.getrandbits(20))
    return _written(rng, trees.changed(rng, tree, _odd, gentle=0.8))


def _of_words(rng, place, text):
    return _written(rng, vocabulary.network(rng))


def _written(rng, tree):
    if rng.random() < 0.2:
        return json.dumps(tree, default=str).encode()
    flow = rng.choice((None, True, False))
    dump = yaml.dump(tree, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=90)
    for mark, odd in _MARKS.items():
        dump = dump.replace(f"'{mark}'", odd).replace(mark, odd)
    return spoil.encoded(rng, dump)


# Words that stand for odd scalars until the rest is written.
_MARKS = {f"odd{k:03}odd": text for k, text in enumerate(oddities.SCALARS)}


def _odd(rng):
    return rng.choice(list(_MARKS))


_WAYS = (
    _of_text,
    _of_text,
    _of_text,
    _of_tree,
    _of_tree,
    _of_words,
    _of_random,
    _of_bytes,
)


# --- changes of a text ----------------------------------------------------------------------------


def _scalar(rng, text):
    return _replaced(rng, text, SCALAR, rng.choice(oddities.SCALARS))


def _key(rng, text):
    return _replaced(rng, text, KEY, rng.choice((*vocabulary.ALL_KEYS, "", "<<", "'a", "a b", "1")))


def _replaced(rng, text, pattern, new):
    found = list(pattern.finditer(text))
    if not found:
        return text + new
    match = rng.choice(found)
    return text[: match.start()] + new + text[match.end() :]


def _line(rng, text):
    """A line dropped, doubled, moved or joined to the next."""
    lines = text.split("\n")
    k = rng.randrange(len(lines))
    how = rng.randrange(5)
    if how == 0:
        del lines[k]
    elif how == 1:
        lines.insert(k, lines[k])
    elif how == 2:
        other = rng.randrange(len(lines))
        lines[k], lines[other] = lines[other], lines[k]
    elif how == 3:
        lines[k : k + 2] = [" ".join(lines[k : k + 2])]
    else:
        lines.insert(k, rng.choice(rng.choice(bases.texts())[2].split("\n")))
    return "\n".join(lines)


def _indent(rng, text):
    lines = text.split("\n")
    k = rng.randrange(len(lines))
    bare = lines[k].lstrip(" ")
    depth = len(lines[k]) - len(bare)
    new = rng.choice((" " * (depth + 1), " " * (depth + 2), " " * max(0, depth - 1), "\t", "  \t"))
    lines[k] = new + bare
    return "\n".join(lines)


def _character(rng, text):
    return spoil.with_odd_character(rng, text)


def _cut(rng, text):
    return text[: rng.randrange(len(text) + 1)]


def _dropped(rng, text):
    at = rng.randrange(len(text))
    return text[:at] + text[at + rng.randint(1, 3) :]


def _nested(rng, text):
    """Brackets, deeper than anybody reads, in the place of a value."""
    depth = rng.choice((10, 99, 101, 900, 5000))
    opened, closed = rng.choice((("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("!a [", "]")))
    return _replaced(rng, text, SCALAR, opened * depth + "1" + closed * (depth - rng.randrange(2)))


def _laughs(rng, text):
    """Aliases of lists of aliases."""
    count = rng.choice((3, 9, 12))
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, count)]
    inserted = "\n".join(lines) + "\n"
    changed = _replaced(rng, text, SCALAR, f"*a{count - 1}")
    if rng.random() < 0.5:
        return changed + "\n" + inserted
    return inserted + changed


def _anchor(rng, text):
    text = _replaced(rng, text, KEY, rng.choice(("&a tau", "*a ", "<<", "<<: *a, tau")))
    return _replaced(rng, text, SCALAR, rng.choice(("&a 1", "*a", "&a {tau: 1}", "&a [1, *a]")))


def _document(rng, text):
    piece = rng.choice(("---\n", "...\n", "%YAML 1.2\n---\n", "%TAG ! x:\n---\n", "--- 1\n", "%\n"))
    lines = text.split("\n")
    k = rng.randrange(len(lines))
    return "\n".join(lines[:k]) + "\n" + piece + "\n".join(lines[k:])


def _long(rng, text):
    """A line, a name or a list of great length."""
    length = rng.choice((1000, 5000, 100_000))
    new = rng.choice(
        (
            "a" * length,
            "1" * length,
            "[" + "1, " * (length // 3) + "1]",
            '"' + "\\x41" * (length // 4) + '"',
            "{" + ", ".join(f"k{k}: 1" for k in range(length // 8)) + "}",
            "1 + " * (length // 4) + "1",
        )
    )
    return _replaced(rng, text, rng.choice((SCALAR, SCALAR, KEY)), new)


def _grown(rng, text):
    """A hundred more groups or connections, each of them wrong in the same way."""
    count = rng.choice((60, 300))
    if rng.random() < 0.5:
        more = "".join(f"  more{k}: {{size: nope, lagrangian: tan}}\n" for k in range(count))
        return text.replace("groups:\n", f"groups:\n{more}", 1)
    more = "".join(f"  - {{within: more{k}, weights: {{edges: [[a, b]]}}}}\n" for k in range(count))
    return text.replace("connections:\n", f"connections:\n{more}", 1)


_TEXT = (
    _scalar,
    _scalar,
    _scalar,
    _scalar,
    _key,
    _line,
    _line,
    _indent,
    _character,
    _character,
    _cut,
    _dropped,
    _nested,
    _laughs,
    _anchor,
    _document,
    _long,
    _grown,
)

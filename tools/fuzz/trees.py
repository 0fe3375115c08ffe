"""Descriptions as trees of dicts and lists, changed at random places."""

import copy

from fuzz import vocabulary
from fuzz.show import shown

MAX_DEPTH = 12


def places(tree, path=()):
    """Paths of all parts of a tree, itself left out."""
    items = ()
    if len(path) >= MAX_DEPTH:  # what holds itself has no end
        return
    if isinstance(tree, dict):
        items = tree.items()
    elif isinstance(tree, list):
        items = enumerate(tree[:20])  # of a long list, its beginning
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def changed(rng, tree, odd, most=3, gentle=0.45):
    """A copy with one to `most` changes; `odd(rng)` gives what is put in.

    `gentle` is the part of the inputs with changes that mostly leave a network valid.
    """
    tree = copy.deepcopy(tree)
    changes = GENTLE if rng.random() < gentle else _CHANGES
    for _ in range(rng.randint(1, most)):
        where = list(places(tree))
        if not where:
            break
        path = rng.choice(where)
        rng.choice(changes)(rng, tree, path, odd)
    return tree


def _copy(part):
    """A copy, or the same again of what cannot be copied."""
    try:
        return copy.deepcopy(part)
    except Exception:
        return part


def _replace(rng, tree, path, odd):
    at(tree, path[:-1])[path[-1]] = odd(rng)


def _known(rng, tree, path, odd):
    """A value of the format where another was."""
    names = [str(name) for name in _names(tree)] or ["a"]
    make = rng.choice(
        (
            vocabulary.value,
            vocabulary.number,
            vocabulary.lagrangian,
            vocabulary.group,
            lambda r: vocabulary.weights(r, names),
            lambda r: vocabulary.connection(r, names),
            lambda r: vocabulary.simulation(r, names),
        )
    )
    at(tree, path[:-1])[path[-1]] = make(rng)


def _names(tree):
    groups = tree.get("groups") if isinstance(tree, dict) else None
    return list(groups) if isinstance(groups, dict) else []


def _drop(rng, tree, path, odd):
    del at(tree, path[:-1])[path[-1]]


def _misspell(rng, tree, path, odd):
    parent, key = at(tree, path[:-1]), path[-1]
    if not isinstance(parent, dict):
        return _double(rng, tree, path, odd)
    word = shown(key) if type(key) is not str else key
    place = rng.randrange(len(word) + 1)
    new = rng.choice(
        (word[:place] + word[place + 1 :], word[:place] + "e" + word[place:], word * 2)
    )
    parent[rng.choice((new, new, rng.choice(vocabulary.ALL_KEYS)))] = parent.pop(key)
    return None


def _double(rng, tree, path, odd):
    parent = at(tree, path[:-1])
    if isinstance(parent, list):
        parent.insert(path[-1], _copy(parent[path[-1]]))
    else:
        parent[f"{path[-1]}2"] = _copy(parent[path[-1]])


def _add(rng, tree, path, odd):
    """A key of the format that is not meant here."""
    parent = at(tree, path[:-1])
    item = odd(rng) if rng.random() < 0.5 else vocabulary.value(rng)
    if isinstance(parent, dict):
        parent[rng.choice(vocabulary.ALL_KEYS)] = item
    else:
        parent.append(item)


def _swap(rng, tree, path, odd):
    """Two parts in each other's place, unless one is inside the other."""
    other = rng.choice(list(places(tree)))
    if path[: len(other)] == other or other[: len(path)] == path:
        return
    first, second = at(tree, path), at(tree, other)
    at(tree, path[:-1])[path[-1]] = second
    at(tree, other[:-1])[other[-1]] = first


def _wrap(rng, tree, path, odd):
    parent, key = at(tree, path[:-1]), path[-1]
    parent[key] = rng.choice(
        (
            [parent[key]],
            [parent[key], parent[key]],
            {"kind": parent[key]},
            {rng.choice(vocabulary.ALL_KEYS): parent[key]},
            shown(parent[key]),
        )
    )


def _scale(rng, tree, path, odd):
    """Another number where a number was."""
    numbers = [p for p in places(tree) if type(at(tree, p)) in (int, float)]
    if not numbers:
        return
    path = rng.choice(numbers)
    value = at(tree, path)
    if abs(value) > 10**300:
        return
    new = rng.choice((-value, 0, value + 1, value * 1e6, value * 1e-9, value / 3, value * 1e300))
    at(tree, path[:-1])[path[-1]] = new


def _fitting(rng, tree, path, odd):
    """A value of the right kind at a place where the format has one."""
    names = _names(tree)
    if not names or not all(isinstance(tree["groups"][name], dict) for name in names):
        return
    part = tree["groups"][rng.choice(names)]
    how = rng.randrange(8)
    if how == 0:
        part["lagrangian"] = vocabulary.lagrangian(rng)
    elif how == 1:
        part["tau"] = rng.choice((0, 0.3, 2, vocabulary.extreme(rng)))
    elif how == 2:
        part[rng.choice(("input", "initial"))] = vocabulary.number(rng)
    elif how == 3:
        connections = tree.setdefault("connections", [])
        if isinstance(connections, list):
            connections.append(vocabulary.connection(rng, names))
    elif how == 4:
        tree["simulation"] = vocabulary.simulation(rng, names)
    elif how == 5:
        tree["stimuli"] = [vocabulary.stimulus(rng, names) for _ in range(rng.randint(1, 3))]
    elif how == 6:
        name = rng.choice(("", "\u03c4", "new", "a_b", "A" * 300))
        tree["groups"][name] = vocabulary.group(rng)
    else:
        _weight(rng, tree)


def _weight(rng, tree):
    """Other weights of a connection."""
    connections = tree.get("connections")
    if not isinstance(connections, list) or not connections:
        return
    part = rng.choice(connections)
    if isinstance(part, dict):
        size = vocabulary.extreme(rng)
        choices = (size, -size, {"normal": {"std": size}}, {"uniform": {"high": size}}, 0)
        part["weights"] = rng.choice(choices)
        part[rng.choice(("density", "probability"))] = rng.choice((0.5, 1, 1e-9))


# What mostly gives another valid network.
GENTLE = (_fitting, _fitting, _scale)
_CHANGES = (
    _fitting,
    _replace,
    _replace,
    _known,
    _known,
    _drop,
    _misspell,
    _double,
    _add,
    _swap,
    _wrap,
    _scale,
)

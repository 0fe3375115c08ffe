"""Where the neurons of groups lie."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hamsim.placement import Placement

SIZES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5), min_size=1)


def members(sizes):
    """Group and number in it of each neuron, one after another."""
    return [(name, k) for name, size in sizes.items() for k in range(size)]


@given(SIZES, st.randoms())
def test_numbers_are_those_of_a_list(sizes, random):
    own = Placement(sizes)
    listed = members(sizes)
    everyone = np.arange(own.n)
    assert own.n == len(listed)
    assert [own.names[k] for k in own.groups(everyone)] == [name for name, _ in listed]
    some = random.sample(list(sizes), random.randint(0, len(sizes)))
    assert own.neurons(some).tolist() == [k for k, (name, _) in enumerate(listed) if name in some]
    part = own.only(some)
    assert part.names == tuple(name for name in sizes if name in some)
    there = members({name: sizes[name] for name in part.names})
    wanted = [there.index(one) if one in there else -1 for one in listed]
    assert own.into(part, everyone).tolist() == wanted

"""Random numbers by place: each is a function of the seed, a place, a tile and its number there.

What is drawn for a part of a network does therefore not depend on the rest being drawn. All of it
is made from the raw bits of Philox, which NumPy keeps as they are [NEP 19], by additions,
multiplications, divisions and square roots alone, which every machine rounds alike: a seed means
the same bits with any version of NumPy, on any processor. (`numpy.random.Generator` promises
neither, and its logarithms are those of the machine.)

[NEP 19]: NumPy Enhancement Proposal 19, Random number generator policy.
"""

"""Makers of weights, one file a rule, each called as its file in `hamsim.spec.rules`.

`make(making)` gives what the rule says of a block. A rule for gating connections also has
`triples(making)`: numbers, within the three ends, of the neurons of each triple, and weights.
"""

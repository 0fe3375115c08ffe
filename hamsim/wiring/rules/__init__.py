"""Makers of weights, one file a rule, each called as its file in `hamsim.spec.rules`.

`make(making)` gives what the rule says of a block, as `Weights`. A rule that says itself which
synapses exist has `count(making)`, how many that will be (0 where all is in memory already), so
that too many are refused before any is made. Where it applies there is as well:

- `triples(making)`, of rules for gating connections: numbers, within the three ends, of the
  neurons of each triple, and weights;
- `needs(making)`: memory besides that of the synapses, as `Need`;
- `WHERE`: where synapses are, in messages, if not between so and so many neurons.
"""

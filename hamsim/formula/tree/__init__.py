"""Trees of formulas, and what makes trees of trees.

`tree` is what they are. `algebra` makes sums, products and powers in a normal form, `folding`
calls functions, `rewriting` makes all of them in forms that do not overflow, by the rules of
`identities` and with logarithms of sums of exponentials (`exponentials`). `derivative`
differentiates; `lowering` takes apart again what only people and proofs want to see whole.
"""

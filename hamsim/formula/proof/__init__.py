"""What is proved of a formula, and witnesses against it.

`judging` asks the others: where a formula is not defined (`dangers`, `finiteness` of one neuron and
`finiteness_group`), where it is not smooth (`kinks`), whether it is convex (`convexity`) or is not
(`refuting`), and what bounds the eigenvalues of its Hessian (`eigenvalues`). `structure` derives
what theorems ask besides: how it grows (`growth`), its straight pieces (`linear_pieces`), its
symmetries (`shifts`), norms (`norms`), parts that groups add (`collective`), how much rounding
there is (`rounding`), and facts as expressions in parameters (`symbolic`).
"""

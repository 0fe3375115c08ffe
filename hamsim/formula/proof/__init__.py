"""What is proved of a formula, and witnesses against it.

`judging` asks the others: where a formula is not defined (`dangers`, `finiteness` of one neuron and
`finiteness_group`), where it is not smooth (`kinks`), whether it is convex (`convexity`) or is not
(`refuting`), and what bounds the eigenvalues of its Hessian (`eigenvalues`).
"""

"""Values of trees: in arrays of floats, and in decimals of almost any size.

`arrays` computes as the compiled functions do, `longrange` with 50 digits; `constants` are worked
out once. `states` and `landmarks` say where a formula is looked at, `accuracy` whether one form
of it keeps the digits that another has.
"""

"""The elementary functions that formulas know, one row a function with all its facts.

An elementary function is a function of one argument. What a formula is put together with besides,
``+ - * / **``, ``max``, ``min``, ``sqrt`` (a power) and the sums over a group, are the operations
of trees, and every part of the package that handles trees knows them.

What is known of a function is one `row.Function`, in a file of `functions` that has its name:
how it is written, its sign, its derivative as a tree, its values in arrays and in decimals, its
bounds, its curvature, where it is defined, and the code it is compiled to. Who differentiates,
bounds, evaluates, proves or writes looks the row up in `table.FUNCTIONS` and names no function.
To add one is to add its file, which the table finds by its name, what it is in many digits
(tests/formula/functions.py), and its name in the manual's list; tests tell what is missing.

The rows stand below the trees, although they say what derivatives are as trees, for two reasons. A
tree asks them for the sign of each of its nodes when it is made, and a table for each floor above,
which would be the other way, has to be kept complete in six rooms. So a row gets what it makes
trees with handed in (`terms.Maker`), and reads as mathematics, ``lambda f, u: 1 / (1 + u**2)``.

Identities that relate functions to one another, such as sinh(u)/cosh(u) = tanh(u), are facts of
none of them alone: they are rules of `hamsim.formula.tree`. A function is complete without any.
"""

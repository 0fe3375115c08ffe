"""Rules that make weights: what a connection can say besides numbers, one file a rule.

Each file is called as the key that names its rule and has its model, whether it fits the groups
that it connects, and as `RULE` all that is known of it.
"""

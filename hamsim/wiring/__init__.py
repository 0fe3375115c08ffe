"""From values and rules to arrays and blocks of weights."""

"""Shorter forms that keep their digits: of sums (`tidying`), and of x.g - L (`dual`)."""

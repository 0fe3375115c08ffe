"""Pictures; matplotlib is imported only here."""

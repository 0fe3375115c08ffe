"""Rest states: where they are, whether they are stable, and how they change."""

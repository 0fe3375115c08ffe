"""The rest state that is reached from a start, and what is known of how."""

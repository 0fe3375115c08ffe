"""Files that a new network begins as, with comments: a text a kind, and one for a user's table."""

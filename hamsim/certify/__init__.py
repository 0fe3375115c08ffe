"""What is guaranteed of a network: one file a theorem, put together by `check`."""

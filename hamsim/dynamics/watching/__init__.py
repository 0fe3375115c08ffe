"""What is kept and looked at while a run goes on, and what ends it."""

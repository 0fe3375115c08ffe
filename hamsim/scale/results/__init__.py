"""What a sweep has found: lazy columns, one Dataset, tables, means over seeds."""

"""Pictures of what runs have recorded."""

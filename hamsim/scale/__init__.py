"""Many runs of a network: what is swept, where results are kept, who does the work."""

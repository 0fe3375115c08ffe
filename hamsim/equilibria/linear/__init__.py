"""What a network does close to a state: eigenvalues, their number, their proofs."""

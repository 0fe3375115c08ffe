"""What a simulation leaves behind: in memory, and in files that outlive whatever ended the run."""

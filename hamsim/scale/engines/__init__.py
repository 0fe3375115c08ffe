"""Who runs the jobs of a sweep: this process, or several on one folder."""

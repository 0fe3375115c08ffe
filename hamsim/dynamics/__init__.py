"""What happens in time: methods, schedules, runs."""

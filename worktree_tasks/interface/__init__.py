"""What you type: tasks, shell functions, and the only place that prints."""

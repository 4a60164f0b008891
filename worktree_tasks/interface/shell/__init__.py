"""What a person's shell asks: functions, completion, and the words of all tasks."""

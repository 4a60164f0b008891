"""The tasks, one file for each group of them: flags are read, one flow is called, its result is shown."""

"""Jobs: which services take them from a queue or plan them, and where the queues are."""

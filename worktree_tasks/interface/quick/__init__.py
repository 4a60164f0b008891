"""Read-only tasks, answered without Invoke, which takes 100 ms to load; unusual calls are left to Invoke."""

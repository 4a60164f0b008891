"""The commonest tasks, run without Invoke, which takes 100 ms to load; unusual calls are left to Invoke."""

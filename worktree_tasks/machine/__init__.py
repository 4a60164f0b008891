"""Access to this machine: files, locks, ports, processes, and what is known on it."""

"""What is true: settings, names, ports, env text, compose override. Frozen values, pure functions, no I/O."""

"""Other machines: the line to them, our program and the project there, and tasks that run there."""

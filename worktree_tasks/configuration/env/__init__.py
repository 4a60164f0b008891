"""What is true of env files: their text, and which of their values point where."""

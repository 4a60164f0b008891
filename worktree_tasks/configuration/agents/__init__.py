"""What other people's programs are told of ours in their own files: pure functions from text to text."""

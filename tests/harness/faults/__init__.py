"""Commands that are killed or fail on real stacks, and what has to hold then."""

"""What runs a worktree's stack, behind one Protocol."""

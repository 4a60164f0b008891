"""Restore points: what worktrees held, saved in a repository of ours and brought back."""

"""Steps, and what they share: each does its part for one worktree, and is safe to run twice."""

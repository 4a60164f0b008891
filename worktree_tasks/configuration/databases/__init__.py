"""Databases of a worktree's own: which ones, by what names, and what is noted on them."""

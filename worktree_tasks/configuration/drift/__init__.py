"""Drift: how far a database's migrations and those of a branch are apart, by the tool that keeps them."""

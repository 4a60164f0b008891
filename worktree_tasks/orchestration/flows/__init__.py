"""Flows, one file for each task, named as it is typed: steps in order, with the way back."""

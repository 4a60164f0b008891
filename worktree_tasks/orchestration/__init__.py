"""What happens, in order: steps and flows, each step safe to run twice."""

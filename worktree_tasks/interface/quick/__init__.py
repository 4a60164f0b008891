"""Tasks that only look, answered before Invoke is loaded: that takes 100 ms. The unusual is left to it."""

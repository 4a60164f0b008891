"""What programs of other people ask of ours: the hooks of coding agents, and the protocol that they speak."""

"""The explorer: one self-contained page in which readers turn the dials themselves, on the same exact geometry."""

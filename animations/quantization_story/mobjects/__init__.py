"""Builders: each makes one kind of picture as few paths, and plays nothing."""

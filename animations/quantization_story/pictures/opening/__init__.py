"""What the opening draws: the margin as a relief over the tie, and a chart of the pushes on one point of it."""

"""What the scene of one-dimensional rounding draws: one value, a chain of layers, a network of one input."""

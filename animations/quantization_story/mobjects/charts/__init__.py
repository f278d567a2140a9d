"""What is read as numbers: axes, bars, dials and the pictures of codebooks."""

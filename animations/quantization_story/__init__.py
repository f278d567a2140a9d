"""The geometry of weight quantization: exact mathematics, and the Manim scenes that show it."""

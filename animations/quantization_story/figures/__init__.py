"""What each scene shows: its figures, computed once, and its captions as functions of them. No manim."""

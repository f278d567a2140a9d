"""The pictures of TwoErrorKindsScene: a broken line at full frame with its rounded self, and a circle in a plane."""

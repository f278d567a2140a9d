"""The pictures of QuantizationComparisonScene: weights on an axis, a pair on its way, a dial, and what is lost."""

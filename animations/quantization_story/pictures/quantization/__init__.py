"""The pictures of QuantizationComparisonScene: an axis of weights, a pair on its way, and all points with a dial."""

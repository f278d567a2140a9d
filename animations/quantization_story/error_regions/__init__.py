"""What rounding the weights of linear layers can do to one input, exactly: error regions as zonotopes."""

from quantization_story.error_regions.propagation import (
    ErrorRegion,
    LayerRegion,
    RoundingErrors,
    error_boxes,
    error_generators,
    error_region,
    pull_backs,
    rounding_errors,
    worst_rounding,
)
from quantization_story.error_regions.zonotopes import zonotope_vertices

__all__ = [
    "ErrorRegion",
    "LayerRegion",
    "RoundingErrors",
    "error_boxes",
    "error_generators",
    "error_region",
    "pull_backs",
    "rounding_errors",
    "worst_rounding",
    "zonotope_vertices",
]

"""The mathematics of the story under one name: the network, the quantizer, affine fits, the error, its correction."""

from quantization_story.core.affine import AffineMap, fit_affine, rank
from quantization_story.core.corrections import (
    Correction,
    LayerCorrection,
    NonCapacityCheck,
    estimate_correction,
    fit_corrections,
    low_rank_term,
    non_capacity_check,
)
from quantization_story.core.errors import (
    ErrorDecomposition,
    LayerError,
    decompose_error,
    layer_errors,
    propagated_share,
)
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import NullControl, null_control
from quantization_story.core.quantizers import UniformQuantizer, fake_quantize, largest_code
from quantization_story.core.roundings import Rounding
from quantization_story.core.tasks import accuracy_of_outputs, classify, hits, prototypes

__all__ = [
    "AffineMap",
    "Correction",
    "ErrorDecomposition",
    "LayerCorrection",
    "LayerError",
    "NonCapacityCheck",
    "NullControl",
    "ReluNetwork",
    "Rounding",
    "UniformQuantizer",
    "accuracy_of_outputs",
    "classify",
    "decompose_error",
    "estimate_correction",
    "fake_quantize",
    "fit_affine",
    "fit_corrections",
    "hits",
    "largest_code",
    "layer_errors",
    "low_rank_term",
    "non_capacity_check",
    "null_control",
    "propagated_share",
    "prototypes",
    "rank",
]

"""The mathematics of the story under one name: the network, the quantizer, affine fits, the error, its correction."""

from quantization_story.affine import AffineMap, fit_affine
from quantization_story.corrections import (
    Correction,
    LayerCorrection,
    NonCapacityCheck,
    NullControl,
    estimate_correction,
    fit_corrections,
    low_rank_term,
    non_capacity_check,
    null_control,
)
from quantization_story.errors import (
    ErrorDecomposition,
    LayerError,
    decompose_error,
    layer_errors,
    propagated_share,
)
from quantization_story.network import ReluNetwork
from quantization_story.quantizer import UniformQuantizer, fake_quantize

__all__ = [
    "AffineMap",
    "Correction",
    "ErrorDecomposition",
    "LayerCorrection",
    "LayerError",
    "NonCapacityCheck",
    "NullControl",
    "ReluNetwork",
    "UniformQuantizer",
    "decompose_error",
    "estimate_correction",
    "fake_quantize",
    "fit_affine",
    "fit_corrections",
    "layer_errors",
    "low_rank_term",
    "non_capacity_check",
    "null_control",
    "propagated_share",
]

"""The catalogue of the story, in order: manim -pql animations/geometric_weight_quantization.py SCENE

The command line only sees classes that are declared in the file it is given, so each scene has its line here.
"""

from quantization_story import (
    scene_00_opening,
    scene_01_layer_progression,
    scene_02_quantization,
    scene_03_linear_correction,
    scene_04_topology_failure,
    scene_05_1d_error_growth,
    scene_06_partition_shift,
    scene_07_grid_distortion,
    scene_08_partition_to_transport,
    scene_09_activation_space_comparison,
    scene_10_error_decomposition,
    scene_11_correction_cascade,
    scene_12_error_region_growth,
    scene_13_error_region_3d,
    scene_14_error_manifold,
    scene_15_activation_quantization,
    scene_full_narrative,
)


class OpeningScene(scene_00_opening.Opening):
    """The question of the story: a plane folded into flat pieces; the weights snap, and the pieces move."""


class LayerProgressionScene(scene_01_layer_progression.LayerProgression):
    """What a ReLU network does, step by step: it shears, shifts and folds the plane until the arms come apart."""


class QuantizationComparisonScene(scene_02_quantization.QuantizationComparison):
    """Rounding the weights: the same points take two paths that part step by step, and a dial runs the bits."""


class LinearCorrectionScene(scene_03_linear_correction.LinearCorrection):
    """Much of the error is a wrong chart: what one affine map lays back onto the float picture, with its controls."""


class TopologyFailureScene(scene_04_topology_failure.TopologyFailure):
    """Where one map cannot follow: strips in which the ReLU pattern changed, the kink in them, and the hard case."""


class OneDErrorGrowthScene(scene_05_1d_error_growth.OneDErrorGrowth):
    """One weight, then a chain: the rounding of a value, worst-case intervals, and breakpoints that move."""


class PartitionShiftScene(scene_06_partition_shift.PartitionShift):
    """Rounding moves the boundaries: one neuron's line, then all, bit by bit; and why this view alone says too much."""


class GridDistortionScene(scene_07_grid_distortion.GridDistortion):
    """One grid pushed through both networks: smooth affine mismatch against kinks, and how much each of them holds."""


class PartitionToTransportScene(scene_08_partition_to_transport.PartitionToTransport):
    """From boundaries that shift to an inverse transport: the same cells in two charts, laid back cell by cell."""


class ActivationSpaceComparisonScene(scene_09_activation_space_comparison.ActivationSpaceComparison):
    """Raw L2 between activations takes one grid for granted; align the charts first, and see what is left and where."""


class ErrorDecompositionScene(scene_10_error_decomposition.ErrorDecomposition):
    """The error along a circle of inputs, split at every point in two parts; and what low-rank terms leave of it."""


class CorrectionCascadeScene(scene_11_correction_cascade.CorrectionCascade):
    """Down the cascade: what each layer adds to the error and passes on, and what corrections bring back."""


class ErrorRegionGrowthScene(scene_12_error_region_growth.ErrorRegionGrowth):
    """Error regions in the plane: one layer's box, its pull-back, and the sum of all layers, edge by edge."""


class ErrorRegion3DScene(scene_13_error_region_3d.ErrorRegion3D):
    """Error regions in space: nested boxes, a polytope grown generator by generator, its box, its shadows."""


class ErrorManifoldScene(scene_14_error_manifold.ErrorManifold):
    """The shape of the error: one matrix takes every input shape to its error, and a map shows the worst case."""


class ActivationQuantizationScene(scene_15_activation_quantization.ActivationQuantization):
    """Rounding the activations too: lattices of states, errors by layer, and the same two words on a ReLU network."""


class FullNarrativeScene(scene_full_narrative.FullNarrative):
    """The story in one video, for rehearsing: the opening, one dimension, then the plane, a section each."""

    scenes = (
        OpeningScene,
        OneDErrorGrowthScene,
        LayerProgressionScene,
        QuantizationComparisonScene,
        LinearCorrectionScene,
        TopologyFailureScene,
    )

"""The catalogue of the story, in order: manim -pql animations/geometric_weight_quantization.py SCENE

The command line only sees classes that are declared in the file it is given, so each scene has its line here.
"""

from quantization_story import (
    scene_01_layer_progression,
    scene_02_quantization,
    scene_03_linear_correction,
    scene_04_topology_failure,
    scene_05_1d_error_growth,
    scene_full_narrative,
)


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


class FullNarrativeScene(scene_full_narrative.FullNarrative):
    """The story in one video, for rehearsing: every other scene in the order of the narration, a section each."""

    scenes = (
        OneDErrorGrowthScene,
        LayerProgressionScene,
        QuantizationComparisonScene,
        LinearCorrectionScene,
        TopologyFailureScene,
    )

"""The catalogue of the story, in order: manim -pql animations/geometric_weight_quantization.py SCENE

The command line only sees classes that are declared in the file it is given, so each scene has its line here.
"""

from quantization_story.production import catalogue


class OpeningScene(catalogue.OpeningScene):
    """The question of the story: weights are rounded a little, and the end of an arm is lost. Why so much?"""


class OneDErrorGrowthScene(catalogue.OneDErrorGrowthScene):
    """One weight and its levels, then a chain of weights: how far its error can run, and how far it does."""


class LayerProgressionScene(catalogue.LayerProgressionScene):
    """A network turns and folds the plane until straight cuts part the classes; unfolded, the cuts are bent."""


class QuantizationComparisonScene(catalogue.QuantizationComparisonScene):
    """Every weight is rounded; a point and its twin part layer by layer; what each layer costs is compared."""


class LinearCorrectionScene(catalogue.LinearCorrectionScene):
    """Is a rounded network broken, or only moved? One affine map lays back what its weights moved, but not all."""


class CorrectionControlsScene(catalogue.CorrectionControlsScene):
    """A repair, or just six more numbers? The map on the float network, on shuffles, on the inputs, on every seed."""


class TwoErrorKindsScene(catalogue.TwoErrorKindsScene):
    """What if the ReLUs had stayed as they were? Green is what is still wrong then, red the rest, in strips alone."""


class TopologyFailureScene(catalogue.TopologyFailureScene):
    """Where no single map can help: where a crease moved, float bends inside one piece of the rounded network."""


class BottleneckScene(catalogue.BottleneckScene):
    """The narrow place: two numbers pass, and what rounding drops in front of them no map behind can see."""


class LatticeRoundingScene(catalogue.LatticeRoundingScene):
    """Same levels, same bits: the nearest level is not the one that costs the output least, and a better one helps."""


class PartitionShiftScene(catalogue.PartitionShiftScene):
    """The pattern changes on a good part of the plane, and hardly a class does: a ReLU switches near zero."""


class GridDistortionScene(catalogue.GridDistortionScene):
    """One grid pushed through both networks: smooth affine mismatch against kinks, and how much each of them holds."""


class PartitionToTransportScene(catalogue.PartitionToTransportScene):
    """From boundaries that shift to an inverse transport: the same cells in two charts, laid back cell by cell."""


class ActivationSpaceComparisonScene(catalogue.ActivationSpaceComparisonScene):
    """Raw L2 between activations takes one grid for granted; align the charts first, and see what is left and where."""


class ErrorDecompositionScene(catalogue.ErrorDecompositionScene):
    """The error along a circle of inputs, split at every point in two parts; and what low-rank terms leave of it."""


class CorrectionCascadeScene(catalogue.CorrectionCascadeScene):
    """Down the cascade: what each layer adds to the error and passes on, and what corrections bring back."""


class ErrorRegionGrowthScene(catalogue.ErrorRegionGrowthScene):
    """Error regions in the plane: one layer's box, its pull-back, and the sum of all layers, edge by edge."""


class ErrorRegion3DScene(catalogue.ErrorRegion3DScene):
    """Error regions in space: nested boxes, a polytope grown generator by generator, its box, its shadows."""


class ErrorManifoldScene(catalogue.ErrorManifoldScene):
    """The shape of the error: one matrix takes every input shape to its error, and a map shows the worst case."""


class ActivationQuantizationScene(catalogue.ActivationQuantizationScene):
    """Rounding the activations too: lattices of states, errors by layer, and the same two words on a ReLU network."""


class FullNarrativeScene(catalogue.FullNarrativeScene):
    """The story in one video, for rehearsing: nine scenes that hand each other the question, a section each."""

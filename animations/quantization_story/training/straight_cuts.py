"""Straight cuts of the input plane, fitted as a network is trained."""

from quantization_story.analysis.straight_cuts import StraightCuts
from quantization_story.core.tasks import LabelledPoints
from quantization_story.training.optimize import Penalty, he_start, train_from


def fit_straight_cuts(calibration: LabelledPoints, classes: int) -> StraightCuts:
    """The straight cuts that a network without a hidden layer learns: least mean cross-entropy on these points."""
    start = he_start((2, 2), 0)
    return StraightCuts(train_from(start, calibration, classes, Penalty(0.0)).affine_map([]), classes)

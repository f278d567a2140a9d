"""The figures of scene 11."""

from quantization_story.analysis.cascade import CascadeStudy, cascade_study
from quantization_story.networks.subject import StorySubject


def correction_cascade_figures(subject: StorySubject) -> CascadeStudy:
    """Raises ValueError where rounding leaves every layer as it was: there is no error to follow."""
    data = subject.data
    study = cascade_study(
        subject.network, subject.quantized, subject.calibration.points, data.points, data.labels, subject.readout
    )
    if not study.rounded.total.any():
        raise ValueError("rounding changes nothing: there is no error to follow")
    return study

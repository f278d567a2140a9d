"""A close-up of the widest strip of a line: a window on the error that grows from its place into a zone of its own."""

import numpy as np
from manim import DOWN, ValueTracker, VGroup

from quantization_story import theme
from quantization_story.mobjects.line_stage import LineStage
from quantization_story.mobjects.live import live_fill, live_segments
from quantization_story.mobjects.paths import SegmentPath, in_frame
from quantization_story.mobjects.text import text
from quantization_story.one_dimension import line_pieces, segments_until
from quantization_story.planar import dash_segments

MIRROR = np.array([-1.0, 1.0])


def segments_between(segments: np.ndarray, low: float, high: float) -> np.ndarray:
    """The parts of segments (k, 2, 2) with low <= x <= high, each running towards larger x: (m, 2, 2), m <= k."""
    below = segments_until(segments, high)
    return (segments_until((below * MIRROR)[:, ::-1], -low) * MIRROR)[:, ::-1]


class LineLens:
    """What the close-up needs on stage; it is no mobject but holds them, and the tracker that lets it grow.

    grown: 0 where the window lies on the chart of the error, 1 where it fills the zone. place: the edge of the window
    on the chart. picture: the window with the strip and, in white, the error. breakpoints: at both ends of the strip,
    solid where the float network switches, dashed where the rounded one does, with their names. metric: the error
    with the routing held. topological: what is left between the two.
    """

    def __init__(self, line: LineStage, zone: theme.Zone) -> None:
        if not len(line.final.strips):
            raise ValueError("a close-up of a strip: rounding has moved no breakpoint of this network")
        self.grown = ValueTracker(0.0)
        strip = max(line.final.strips.tolist(), key=lambda ends: ends[1] - ends[0])
        beside = 0.7 * (strip[1] - strip[0])
        low, high = max(strip[0] - beside, line.interval[0]), min(strip[1] + beside, line.interval[1])
        knots = line.final.total.knots
        changed = line.final.changed[(knots[:-1] < high) & (knots[1:] > low)]
        total, metric = (segments_between(part.segments, low, high) for part in (line.final.total, line.final.metric))
        heights = np.concatenate([total, metric])[:, :, 1]
        margin = 0.15 * float(np.ptp(heights)) or 1.0
        bottom, top = float(heights.min()) - margin, float(heights.max()) + margin
        small = line.error.to_frame([[low, bottom], [high, top]])[:, :2]
        large = np.array([[zone.left, zone.bottom], [zone.right, zone.top]])
        grown = self.grown

        def show(points: np.ndarray) -> np.ndarray:
            """Where the window shows points (..., 2) of the chart now, (..., 3)."""
            corner, opposite = small + grown.get_value() * (large - small)
            return in_frame(corner + (points - [low, bottom]) / [high - low, top - bottom] * (opposite - corner))

        def rectangle(left: float, right: float) -> np.ndarray:
            return np.array([[left, bottom], [right, bottom], [right, top], [left, top]])

        box, gaps = rectangle(low, high), [np.concatenate([total[k], metric[k, ::-1]]) for k in np.flatnonzero(changed)]
        edges = np.stack([box, np.roll(box, -1, axis=0)], axis=1)
        self.place = SegmentPath(theme.INK, theme.THIN).set_segments(*np.moveaxis(show(edges), 1, 0))
        self.picture = VGroup(
            live_fill(lambda: [show(box)], theme.BACKGROUND, 1.0),
            live_fill(lambda: [show(rectangle(*strip))], theme.CROSSED, 0.28),
            live_segments(lambda: show(edges), theme.QUIET, theme.THIN),
            live_segments(lambda: show(total), theme.INK, theme.STRONG),
        )
        self.metric = live_segments(lambda: dashes(show(metric), 0.14, 0.08), theme.SAME, theme.STRONG)
        self.topological = live_fill(lambda: [show(gap) for gap in gaps], theme.CROSSED, 0.9)
        self.breakpoints = VGroup()
        own = line_pieces(line.net, *line.interval).breakpoints
        for x in strip:
            of_float = len(own) > 0 and bool(np.abs(own - x).min() < 1e-9)
            post = live_segments(
                lambda x=x, of_float=of_float: dashes(show(np.array([[[x, bottom], [x, top]]])), *DASHES[of_float]),
                theme.BOUNDARY,
                theme.THIN,
            )
            at = zone.left + (x - low) / (high - low) * zone.width
            name = text("float" if of_float else "rounded", theme.BOUNDARY, theme.SMALL_SIZE)
            self.breakpoints.add(post, name.move_to((at, zone.top + 0.08, 0.0), aligned_edge=DOWN))


# Of the post of a rounded breakpoint, and of a float one: one dash without end.
DASHES = ((0.12, 0.1), (100.0, 0.0))


def dashes(segments: np.ndarray, dash: float, gap: float) -> np.ndarray:
    """Segments (n, 2, 3) cut into dashes, (m, 2, 3)."""
    return np.stack(dash_segments(segments[:, 0], segments[:, 1], dash, gap), axis=1)

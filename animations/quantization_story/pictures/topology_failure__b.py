"""A network at a glance: a column of units for each layer, the weights between them, and the widths below."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from manim import VGroup

from quantization_story import theme
from quantization_story.mobjects.layer_graph import between, in_columns
from quantization_story.mobjects.paths import PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import text


class NetworkSketch(VGroup):
    """The units of a network of these widths, the input first, in a zone; the narrowest hidden layers are lit."""

    foot = 0.5  # of the zone, for the widths

    def __init__(self, zone: theme.Zone, widths: Sequence[int]) -> None:
        columns = np.linspace(zone.left + 0.2, zone.right - 0.2, len(widths))
        room = theme.Zone(zone.left, zone.right, zone.bottom + self.foot, zone.top)
        layout = in_columns(room, columns, widths)
        places = [in_frame(column) for column in layout.places(widths, np.inf)]
        narrowest = min(widths[1:-1])
        weights = np.concatenate([between(*pair) for pair in pairwise(places)])
        lines = SegmentPath(theme.GUIDE, theme.HAIRLINE).set_segments(weights[:, 0], weights[:, 1])
        self.units, self.widths = VGroup(), VGroup()
        for k, (width, column) in enumerate(zip(widths, places, strict=True)):
            color = theme.BOUNDARY if 0 < k < len(widths) - 1 and width == narrowest else theme.QUIET
            self.units.add(PointCloud(color, "disc", 0.35 * layout.pitch).set_positions(column))
            name = text(str(width), color, theme.LABEL_SIZE)
            self.widths.add(name.move_to((columns[k], zone.bottom + 0.15, 0.0)))
        super().__init__(lines, self.units, self.widths)

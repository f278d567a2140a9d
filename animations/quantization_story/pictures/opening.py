"""A folded sheet in the frame: the projection it is seen in, and its flat facets, shaded, painted back to front."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import LEFT, ManimColor, ValueTracker, VGroup

from quantization_story.analysis.network_distances import RoundedWeights
from quantization_story.analysis.sheets import Sheet, back_to_front, seen_extent, shades
from quantization_story.core.projection import Projection
from quantization_story.mobjects.charts.number_line import NumberLine
from quantization_story.mobjects.live import live_segments
from quantization_story.mobjects.paths import PaintedCells, SegmentPath, in_frame
from quantization_story.mobjects.text import formula
from quantization_story.style import theme


class SheetView:
    """Where a point of space lies in the frame: (x, y) of the input plane, and a value above it.

    box: the part of the plane that is seen. unit: frame units for one unit of the plane. relief: units of the plane for
    one unit of the value. base: the value that lies in the plane. The trackers turn the plane counter-clockwise, raise
    the viewer above it (radians; pi / 2 is straight above), lift the values off it (0 to 1) and move the middle of the
    plane (right, up) in the frame. It is no mobject but the ruler of all mobjects in it.
    """

    def __init__(self, box: Sequence[float], unit: float, relief: float, base: float, elevation: float) -> None:
        self.box, self.unit, self.full_relief, self.base = tuple(box), unit, relief, base
        self.center = np.array([(box[0] + box[1]) / 2, (box[2] + box[3]) / 2, 0.0])
        self.turned, self.elevation = ValueTracker(0.0), ValueTracker(elevation)
        self.lift, self.right, self.up = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)

    def __deepcopy__(self, memo: dict[int, Any]) -> "SheetView":
        """A copied mobject still lies in the same view."""
        return self

    @property
    def projection(self) -> Projection:
        """What the viewer sees now."""
        return turned_plane(float(self.turned.get_value()), float(self.elevation.get_value()))

    @property
    def relief(self) -> float:
        """Units of the plane for one unit of the value, as far as the sheet is lifted now."""
        return float(self.full_relief * self.lift.get_value())

    def to_frame(self, points: Any) -> np.ndarray:
        """Points of space (n, 3) as frame points (n, 3)."""
        flat = self.unit * self.projection.flat(np.asarray(points) - self.center)
        return in_frame(flat + np.array([self.right.get_value(), self.up.get_value()]))

    def over(self, points: Any, values: Any) -> np.ndarray:
        """The frame points (n, 3) above points (n, 2) of the plane, at the height of these values (n,)."""
        return self.to_frame(np.column_stack([points, self.relief * (np.asarray(values) - self.base)]))


def turned_plane(turned: float, elevation: float) -> Projection:
    """The view of a plane that is turned counter-clockwise by an angle: at 0 its first axis points right."""
    return Projection.turned(-np.pi / 2 - turned, elevation)


def fitted_view(
    zone: theme.Zone, sheets: Sequence[Sheet], turns: Sequence[float], elevation: float, relief_share: float
) -> SheetView:
    """A view in which all these sheets, lifted, and the plane under them fit a zone, however turned of these ways.

    turns: radians, the first is where the view begins. relief_share: the range of all values is drawn as high as this
    share of the side of the box. The sheets lie in one box; they lie flat until `lift` is moved.
    """
    box = sheets[0].cells.box
    low, high = min(s.value_range[0] for s in sheets), max(s.value_range[1] for s in sheets)
    relief = relief_share * (box[1] - box[0]) / (high - low or 1.0)
    view = SheetView(box, 1.0, relief, low, elevation)
    view.turned.set_value(turns[0])
    floor = [[x, y, 0.0] for x in box[:2] for y in box[2:]]
    solid = np.vstack([floor, *(sheet.lifted(relief, low) for sheet in sheets)]) - view.center
    corner, far = seen_extent(solid, [turned_plane(turn, elevation) for turn in turns])
    view.unit = min(zone.width / (far[0] - corner[0]), zone.height / (far[1] - corner[1]))
    middle = np.array(zone.center[:2]) - view.unit * (corner + far) / 2
    view.right.set_value(middle[0])
    view.up.set_value(middle[1])
    return view


def crease_lines(view: SheetView, sheet: Sheet, color: str, width: float, flat: bool = False) -> SegmentPath:
    """The creases and the rim of one sheet that does not change, as lines that turn with the view.

    flat: in the plane below, not on the sheet.
    """
    ends = sheet.cells.edges.segments.reshape(-1, 2)
    values = np.full(len(ends), view.base) if flat else sheet.value(ends)
    return live_segments(lambda: view.over(ends, values).reshape(-1, 2, 3), color, width)


class FoldedSheet(PaintedCells):
    """The facets of a sheet, each in the shade of its normal; redrawn each frame, the farthest first.

    sheet: the sheet now. colors: those (N, 3) of its facets, red, green and blue from 0 to 1, before shading.
    """

    def __init__(
        self,
        view: SheetView,
        sheet: Callable[[], Sheet],
        colors: Callable[[Sheet], np.ndarray],
        edge_color: str = theme.INK,
        edge: float = theme.HAIRLINE,
    ) -> None:
        super().__init__(edge_color, edge)
        self.view, self.sheet, self.colors = view, sheet, colors
        self.add_updater(lambda facets: facets.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Draw the sheet as it is now."""
        sheet, view = self.sheet(), self.view
        order = back_to_front(sheet.cells, view.projection.rotation[1, :2])  # up the frame is away
        corners = view.to_frame(sheet.lifted(view.relief, view.base))
        facets = np.split(corners, np.cumsum(sheet.cells.counts)[:-1])
        # A sheet that lies flat is shaded as when it stands, so its pieces can be told apart.
        colors = shaded(self.colors(sheet), shades(view.projection, sheet.normals(view.full_relief)))
        self.paint([facets[cell] for cell in order], colors[order])


def shaded(colors: np.ndarray, bright: np.ndarray) -> np.ndarray:
    """Colours (n, 3), from 0 to 1, made as bright as (n,) says, from 0 (dark) to 1."""
    dark = rgb(theme.BACKGROUND)
    darkest, brightest = theme.FACES
    strength = (darkest + (brightest - darkest) * bright)[:, None]
    return np.asarray(np.clip(dark + strength * (colors - dark), 0.0, 1.0))


def rgb(color: str) -> np.ndarray:
    """Red, green and blue (3,), from 0 to 1."""
    return np.asarray(ManimColor(color).to_rgb(), dtype=float)


def blended(colors: Sequence[str], part: float) -> np.ndarray:
    """The colour (3,) at a part of the way from one colour to another, 0 to 1."""
    first, second = map(rgb, colors)
    return (1 - part) * first + part * second


# --- All weights of a network, a number line for each layer, on their way to the levels of their quantizer.


class WeightLines(VGroup):
    """A row for each layer: the name of its matrix, its levels, its float weights, and where the weights are now.

    slid: how far the weights have slid to their levels, 0 to 1.
    """

    def __init__(self, zone: theme.Zone, layers: Sequence[RoundedWeights], slid: Callable[[], float]) -> None:
        super().__init__()
        pitch = zone.height / len(layers)
        for row, weights in enumerate(layers):
            top = zone.top - row * pitch
            inner = theme.Zone(zone.left + 0.75, zone.right, top - 0.72 * pitch, top - 0.18 * pitch)
            line = NumberLine(inner, 1.08 * float(np.abs(weights.values).max()))
            name = formula(f"W_{row + 1}").move_to((zone.left, inner.center[1], 0.0), aligned_edge=LEFT)
            levels = line.levels(lambda weights=weights: weights.levels, theme.QUIET, theme.HAIRLINE)
            floats = line.marks(lambda weights=weights: weights.values, theme.FLOAT, radius=0.075)
            for still in (levels, floats):
                still.clear_updaters()

            def now(weights: RoundedWeights = weights) -> np.ndarray:
                return weights.between(slid())

            gaps = line.gaps(lambda weights=weights: weights.values, now, theme.QUANTIZED, theme.STRONG)
            rounded = line.marks(now, theme.QUANTIZED, radius=0.075)
            self.add(line, levels, name, gaps, rounded, floats)

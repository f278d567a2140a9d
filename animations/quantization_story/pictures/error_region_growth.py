"""An error region of the plane on stage: the box of a layer, its pull-back, the polygon that grows, its measures."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import RIGHT, ValueTracker, VGroup

from quantization_story.core.affine import AffineMap
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.error_regions.growth import GrowingRegion
from quantization_story.error_regions.propagation import ErrorRegion
from quantization_story.error_regions.zonotopes import Zonotope
from quantization_story.mobjects.charts.stacked_rows import LayerEdges, layer_color, layer_patch
from quantization_story.mobjects.live import live_fill, live_segments
from quantization_story.mobjects.map_motion import Glide
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import ArrowField, PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import formula
from quantization_story.style import theme

FILL = 0.22


def loop(corners: np.ndarray) -> np.ndarray:
    """The edges (k, 2, ...) around a polygon of corners (k, ...)."""
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)


class RegionStage:
    """What a growing region needs on stage; it is no mobject but holds them.

    growth: the region, read every frame. progress: how many of its generators have joined, see GrowingRegion.
    """

    def __init__(self, view: PlaneView, growth: Callable[[], GrowingRegion]) -> None:
        self.view, self.progress = view, ValueTracker(0.0)
        progress = self.progress.get_value

        def edges() -> tuple[np.ndarray, np.ndarray]:
            segments, layers = growth().edges(progress())
            return view.to_frame(segments.reshape(-1, 2)).reshape(-1, 2, 3), layers

        self.fill = live_fill(lambda: [view.to_frame(growth().now(progress()).vertices)], theme.QUANTIZED, FILL)
        self.edges = LayerEdges(edges, len(growth().parts))
        self.growth = growth

    @property
    def now(self) -> Zonotope:
        """What has joined by now."""
        return self.growth().now(self.progress.get_value())


def layer_box(view: PlaneView, region: ErrorRegion, number: int) -> tuple[VGroup, Glide]:
    """The error box of a layer (from 0) in its own output, and the glide that pulls it back into the input space."""
    layer = region.layers[number]
    glide = Glide(AffineMap(layer.pull_back, np.zeros(2)))

    def corners() -> np.ndarray:
        return view.to_frame(glide(layer.box.vertices))

    color = layer_color(number)
    return VGroup(live_fill(lambda: [corners()], color, FILL), live_segments(lambda: loop(corners()), color)), glide


def outline(view: PlaneView, region: Zonotope, color: str, dashed: bool = False) -> SegmentPath:
    """The boundary of a region as one thin path that follows the view."""

    def segments() -> np.ndarray:
        edges = loop(view.to_frame(region.vertices))
        return np.stack(dash_segments(edges[:, 0], edges[:, 1], 0.13, 0.09), axis=1) if dashed else edges

    return live_segments(segments, color, theme.THIN)


def spread_arrows(view: PlaneView, region: Zonotope, grown: Callable[[], float], color: str) -> ArrowField:
    """The principal directions of the corners as arrows from the centre, each one spread long when they have grown."""
    field, arrows = ArrowField(color, 0.07), region.principal_axes.arrows

    def redraw(path: ArrowField) -> None:
        path.set_arrows(view.to_frame(arrows[:, 0]), view.to_frame(grown() * arrows[:, 1]))

    field.add_updater(redraw)
    redraw(field)
    return field


def error_cloud(
    view: PlaneView, errors: Callable[[], np.ndarray], color: str = theme.INK, radius: float = 0.025
) -> PointCloud:
    """A small dot for each of the errors (n, 2) that the function gives."""
    cloud = PointCloud(color, "disc", radius, 0.8)
    cloud.add_updater(lambda path: path.set_positions(view.to_frame(errors())))
    return cloud.set_positions(view.to_frame(errors()))


def weight_row(weights: Sequence[Callable[[], np.ndarray]], left: float, right: float, y: float) -> VGroup:
    """The matrices of a chain side by side, live, each below its name and a patch in the colour of its layer."""
    row, pitch = VGroup(), (right - left) / len(weights)
    for number, weight in enumerate(weights):
        matrix = MatrixView(weight(), size=theme.SMALL_SIZE).live(weight)
        matrix.move_to((left + (number + 0.5) * pitch, y, 0.0))
        name = VGroup(layer_patch(number), formula(f"W_{number + 1}", size=theme.LABEL_SIZE)).arrange(RIGHT, buff=0.15)
        row.add(name.move_to((matrix.get_center()[0], y + 0.55, 0.0)), matrix)
    return row

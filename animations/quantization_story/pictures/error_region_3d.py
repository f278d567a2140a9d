"""Convex solids in a turning view of space: a face is one polygon, all faces of one brightness are one path."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import ManimColor, ValueTracker, VGroup, interpolate_color

from quantization_story.core.plane_geometry import dash_segments
from quantization_story.core.projection import Mesh, Projection, shade_levels
from quantization_story.error_regions.faces import Polytope
from quantization_story.mobjects.live import live_fill, live_segments
from quantization_story.mobjects.paths import ArrowField, CellPath, SegmentPath, corner_curves, in_frame
from quantization_story.mobjects.text import text
from quantization_story.style import theme

Shape = Callable[[], Polytope]  # read every frame

SHADES = 12  # brightness steps between a face in the shadow and one in full light
DARKEST = 0.25  # how much of its colour a face keeps at brightness 0


class SpaceView:
    """A square of the frame that shows a ball of space around the origin from a viewer who walks to and fro.

    half: the radius, in data units, that fills the square. walked: for how many seconds the viewer has walked. It is
    no mobject but the ruler of all mobjects in it: their updaters ask it where a point of space is seen.
    """

    elevation = 22.0  # of the viewer, in degrees
    azimuths = (28.0, 62.0)  # between which the viewer walks, in degrees
    period = 14.0  # seconds there and back

    def __init__(self, center: Sequence[float], side: float, half: float) -> None:
        self.center = np.array(center, dtype=float)
        self.side = side
        self.half, self.walked = ValueTracker(half), ValueTracker(0.0)

    def __deepcopy__(self, memo: dict[int, Any]) -> "SpaceView":
        """A copied mobject still lies in the same view."""
        return self

    @property
    def projection(self) -> Projection:
        """The view now."""
        low, high = self.azimuths
        swing = np.cos(2 * np.pi * self.walked.get_value() / self.period)
        return Projection.turned(*np.radians([(low + high) / 2 - (high - low) / 2 * swing, self.elevation]))

    def to_frame(self, points: Any) -> np.ndarray:
        """Points of space (..., 3) as frame points (..., 3)."""
        unit = self.side / 2 / float(self.half.get_value())
        return np.asarray(self.center + unit * in_frame(self.projection.flat(np.asarray(points))))

    def facing(self, shape: Polytope) -> np.ndarray:
        """Which faces (f,) of a shape are seen; of a flat one always its only face."""
        if shape.dimension < 3:
            return np.ones(len(shape.faces), dtype=np.bool_)
        return self.projection.facing(shape.normals)


def _meshes() -> Callable[[Polytope], Mesh]:
    """A function that gives the mesh of a shape, and keeps the last one: a shape may only change its size."""
    last: list[Any] = [None, None]

    def mesh(shape: Polytope) -> Mesh:
        if last[0] is not shape.faces:
            last[:] = shape.faces, Mesh.of(shape.faces)
        return last[1]

    return mesh


class SolidFaces(VGroup):
    """The faces of a convex solid that turn to the viewer, in shades of a colour, one path for each shade."""

    def __init__(self, view: SpaceView, shape: Shape, color: str, opacity: float = 1.0, shades: int = SHADES) -> None:
        dark = interpolate_color(ManimColor(theme.BACKGROUND), ManimColor(color), DARKEST)
        steps = np.linspace(0.0, 1.0, shades)
        super().__init__(
            *(CellPath(interpolate_color(dark, ManimColor(color), float(step)), opacity) for step in steps)
        )
        mesh = _meshes()

        def redraw() -> None:
            now = shape()
            sides, front = mesh(now), view.facing(now)
            normals = now.normals if now.dimension == 3 else _turned_to(view, now.normals)
            levels = np.where(front, shade_levels(view.projection.shades(normals), shades), -1)[sides.face]
            corners = view.to_frame(now.vertices)
            for level, path in enumerate(self):
                chosen = levels == level
                path.points = corner_curves(corners[sides.start[chosen]], corners[sides.end[chosen]])

        self.add_updater(lambda _: redraw())
        redraw()


def _turned_to(view: SpaceView, normals: np.ndarray) -> np.ndarray:
    return normals * np.where(view.projection.facing(normals), 1.0, -1.0)[:, None]


def solid_edges(
    view: SpaceView, shape: Shape, color: str, width: float = theme.HAIRLINE, opacity: float = 1.0, front: bool = True
) -> SegmentPath:
    """The edges of a convex solid as one path: those of the faces that turn to the viewer, or else all the others."""
    mesh = _meshes()

    def segments() -> np.ndarray:
        now = shape()
        if now.dimension < 2:
            return view.to_frame(now.edges)[: None if front else 0]
        sides = mesh(now)
        seen = sides.edges_of(view.facing(now))
        return view.to_frame(now.vertices)[sides.edges[seen if front else ~seen]]

    return live_segments(segments, color, width, opacity)


class Room(VGroup):
    """Three walls behind the solid, where the coordinates are -reach, with the names of the axes on their edges."""

    def __init__(self, view: SpaceView, reach: Callable[[], float], names: Sequence[str]) -> None:
        corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        walls = [np.insert(corners, axis, -1.0, axis=1) for axis in range(3)]
        places = np.array([[0.0, 1.28, -1.0], [1.28, 0.0, -1.0], [-1.0, -1.0, 1.1]])
        fills = VGroup(
            *(
                live_fill(lambda wall=wall: [view.to_frame(reach() * wall)], theme.GUIDE, opacity)
                for wall, opacity in zip(walls, (0.45, 0.3, 0.6), strict=True)
            )
        )
        sides = np.concatenate([np.stack([wall, np.roll(wall, -1, axis=0)], axis=1) for wall in walls])
        lines = live_segments(lambda: view.to_frame(reach() * sides), theme.GUIDE, theme.HAIRLINE)
        labels = VGroup(*(text(name, theme.QUIET, theme.SMALL_SIZE) for name in names))
        for label, place in zip(labels, places, strict=True):
            # One path, shifted as a whole: asking a text for its middle costs more than to draw it.
            home = label.points - label.get_center()
            label.add_updater(
                lambda item, home=home, place=place: item.set_points(home + view.to_frame(reach() * place))
            )
            label.update()
        super().__init__(fills, lines, labels)


def on_wall(polygon: np.ndarray, axis: int, height: float) -> np.ndarray:
    """A polygon (k, 2) of the other two coordinates in the plane where the coordinate of `axis` is `height`, (k, 3)."""
    return np.insert(polygon, axis, height, axis=1)


def wall_shadow(
    view: SpaceView, polygon: np.ndarray, axis: int, height: Callable[[], float], color: str, dashed: bool = False
) -> VGroup:
    """A shadow (k, 2) of a solid along an axis, filled, or dashed and empty; `height` says where along it."""

    def edges() -> np.ndarray:
        corners = view.to_frame(on_wall(polygon, axis, height()))
        sides = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
        return np.stack(dash_segments(sides[:, 0], sides[:, 1], 0.11, 0.08), axis=1) if dashed else sides

    outline = live_segments(edges, color, theme.THIN)
    if dashed:
        return VGroup(outline)
    return VGroup(live_fill(lambda: [view.to_frame(on_wall(polygon, axis, height()))], color, 0.4), outline)


def space_arrows(
    view: SpaceView, arrows: np.ndarray, grown: Callable[[], float | np.ndarray], color: str, width: float = 0.06
) -> ArrowField:
    """Arrows (n, 2, 3) of space that have grown by a part of their length, or each by its own (n, 1)."""
    field = ArrowField(color, width)

    def redraw(path: ArrowField) -> None:
        tails, tips = view.to_frame(arrows[:, 0]), view.to_frame(arrows[:, 1])
        path.set_arrows(tails, tails + grown() * (tips - tails))

    field.add_updater(redraw)
    redraw(field)
    return field

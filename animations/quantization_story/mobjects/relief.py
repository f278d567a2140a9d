"""A folded sheet above and below a translucent floor, painted far to near, with all that rides on it.

What lies below the floor is painted first, then the floor, then what rises above it. In each of the two parts the
facets come from the farthest to the nearest, each followed by its grid, its creases and its marks: so whatever a nearer
facet covers is hidden.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from manim import ManimColor, config

from quantization_story.analysis.sheets import Sheet, back_to_front, shades
from quantization_story.core.arrays import frozen
from quantization_story.mobjects.flight import FlightView, Pose, framed
from quantization_story.mobjects.painting import Brush, Painting, Rgba
from quantization_story.style import theme

MESH_STEP = 0.5  # of the grid on sheet and floor, in units of the plane
FLOOR_REACH, FLOOR_STEP = 12.0, 2.0  # how far the grid of the floor runs, and its step, in units of the plane
STROKE_UNIT = 0.01  # frame units for one unit of manim's stroke widths
RING_HOLE = 0.65  # the radius of a ring's hole, as a share of its own
HOLES = {"ring": RING_HOLE, "halo": 0.8}  # of a ring that is a mark, and of one that is around a mark
VEIL, STEEP = 0.45, np.deg2rad(30.0)  # how opaque the floor is, seen from this elevation on
PANE = 0.16  # how opaque a pane of the floor is
EDGE = 0.025  # how far the dark edge of a mark reaches beyond it, in frame units


@lru_cache(maxsize=64)
def rgb(color: str) -> np.ndarray:
    """Red, green and blue (3,), from 0 to 1."""
    return frozen(np.asarray(ManimColor(color).to_rgb(), dtype=float))


def rgba(color: str, opacity: float = 1.0) -> Rgba:
    """A colour of the theme as a brush takes it."""
    red, green, blue = rgb(color).tolist()
    return red, green, blue, opacity


def mixed(first: str, second: str, part: float) -> np.ndarray:
    """The colour (3,) at a part of the way from one colour to another, 0 to 1."""
    return (1 - part) * rgb(first) + part * rgb(second)


def shaded(colors: np.ndarray, bright: np.ndarray) -> np.ndarray:
    """Colours (n, 3), from 0 to 1, made as bright as (n,) says, from 0 (dark) to 1."""
    dark = rgb(theme.BACKGROUND)
    darkest, brightest = theme.FACES
    strength = (darkest + (brightest - darkest) * bright)[:, None]
    return np.asarray(np.clip(dark + strength * (colors - dark), 0.0, 1.0))


@lru_cache(maxsize=64)
def mark_outline(mark: str, radius: float) -> np.ndarray:
    """The outline (k, 2) of a triangle, a square, a diamond, a cross, a ring or a thin halo around the origin."""
    return frozen(_mark_outline(mark, radius))


def _mark_outline(mark: str, radius: float) -> np.ndarray:
    if mark in HOLES:  # around, across a seam of no width, and back around the hole
        angle = 2 * np.pi * np.arange(13) / 12
        circle = np.column_stack([np.cos(angle), np.sin(angle)])
        return radius * np.concatenate([circle, HOLES[mark] * circle[::-1]])
    if mark == "cross":
        # The corners of one arm of a plus, turned three times, and then by half a right angle.
        arm = radius * np.array([[1.15, -0.345], [1.15, 0.345], [0.345, 0.345]])
        angles = np.pi / 4 + np.pi / 2 * np.arange(4)
        turns = [np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) for a in angles]
        return np.concatenate([arm @ turn for turn in turns])
    corners, turn, size = {"triangle": (3, 0.5, 1.35), "square": (4, 0.25, 1.2), "diamond": (4, 0.0, 1.3)}[mark]
    angle = np.pi * turn + 2 * np.pi * np.arange(corners) / corners
    return size * radius * np.column_stack([np.cos(angle), np.sin(angle)])


@dataclass(frozen=True, eq=False)
class Riders:
    """Marks that ride on the sheet: points (n, 2) of the plane, and of each which of the kinds (n,) it is.

    kinds: how each of them looks; one whose opacity is 0 is not drawn.
    """

    points: np.ndarray
    kind: np.ndarray
    kinds: Sequence["MarkKind"]


@dataclass(frozen=True, eq=False)
class MarkKind:
    """A kind of mark: shapes over each other, each a disc of a radius or an outline around the origin, in a colour."""

    shapes: Sequence[tuple[float | np.ndarray, Rgba]]


def mark_kind(mark: str, radius: float, color: Rgba) -> MarkKind:
    """A kind of mark by name, with a thin dark edge."""
    dark = rgba(theme.BACKGROUND, color[3])
    if mark == "disc":
        return MarkKind(((radius + EDGE, dark), (radius, color)))
    reach = radius if mark == "ring" else radius + EDGE
    return MarkKind(((mark_outline(mark, reach), dark), (mark_outline(mark, radius), color)))


def dots(places: Sequence[np.ndarray] | np.ndarray, radius: float, color: Rgba) -> Brush:
    """Discs at places (n, 2) of the frame."""
    at = np.asarray(places, dtype=float).reshape(-1, 2)
    return Brush(np.stack([at, at], axis=1), None, color, 2 * radius / STROKE_UNIT, closed=False, dots=True)


@dataclass(frozen=True, eq=False)
class Creases:
    """Which edges of the cells are drawn as creases: their numbers (k,), and how."""

    edges: np.ndarray
    stroke: Rgba
    width: float


@dataclass(frozen=True, eq=False)
class Look:
    """What the sheet looks like now. colors: (N, 3), of its facets, before shading. mesh: how opaque its grid is.

    over: brushes that are painted last, over everything. opacity: of its facets, and of where they meet the
    floor; at 0 nothing is left of the sheet and of what rides on it. pane: the outline (k, 2), in the plane, of a part
    of the floor that is seen as a pane of glass, and how opaque it is.
    """

    colors: np.ndarray
    riders: Riders | None = None
    creases: Sequence[Creases] = ()
    mesh: float = 0.0
    over: Sequence[Brush] = field(default_factory=tuple)
    opacity: float = 1.0
    pane: tuple[np.ndarray, float] | None = None


class Relief(Painting):
    """The sheet, the floor at the value 0, and what rides on it, painted anew every frame.

    sheet: as it is now. look: how it looks.
    """

    def __init__(self, view: FlightView, sheet: Callable[[], Sheet], look: Callable[[Sheet], Look]) -> None:
        super().__init__()
        self.view, self.sheet, self.look = view, sheet, look
        self.add_updater(lambda relief: relief.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Paint the sheet as it is now."""
        sheet = self.sheet()
        self.paint(relief_brushes(self.view, sheet, self.look(sheet)))


def relief_brushes(view: FlightView, sheet: Sheet, look: Look) -> list[Brush]:
    """The brushes of a sheet, far to near, with the floor between what lies below it and what rises above it."""
    below, above = _Layer(), _Layer()
    eye = _Eye(view.seen, view.relief)
    floor = [*_floor(eye), *_pane(eye, look)]
    if not look.opacity:
        return [*floor, *look.over]
    corners = eye.over(sheet.corners, sheet.values)
    cuts = np.cumsum(sheet.cells.counts)[:-1]
    facets, heights = np.split(corners, cuts), np.split(sheet.values, cuts)
    seen = _in_frame(corners, sheet.cells.counts)
    projection = eye.pose.projection
    fills = shaded(look.colors, shades(projection, sheet.normals(view.relief * eye.pose.lift)))
    order = back_to_front(sheet.cells, projection.rotation[1, :2]).tolist()  # up the frame is away
    mesh = _mesh_parts(eye, sheet, seen) if look.mesh > 0 else {}
    creases = _crease_parts(eye, sheet, look.creases, order)
    riders = {} if look.riders is None else _rider_parts(eye, sheet, look.riders)
    mesh_stroke, tie = rgba(theme.BACKGROUND, look.mesh * 0.55), []
    for cell in order:
        if not seen[cell]:
            continue
        color = (*fills[cell].tolist(), look.opacity)
        for layer, side in ((below, -1.0), (above, 1.0)):
            part = _part_of(facets[cell], side * heights[cell])
            if part is None:
                continue
            # A thin stroke of its own colour closes the hairline gaps between neighbouring facets.
            layer.add(Brush([part], color, color, 0.6))
            layer.add_lines(mesh.get((cell, side)), mesh_stroke, 1.0)
            for lines, group in creases.get((cell, side), ()):
                layer.add_lines(lines, group.stroke, group.width)
            for brush in riders.get((cell, side), ()):
                layer.add(brush)
        tie += level_line(facets[cell], heights[cell])
    if tie and eye.pose.lift > 0:
        floor.append(Brush(tie, None, rgba(theme.INK, 0.95 * eye.pose.lift * look.opacity), 3.5, closed=False))
    return [*below.brushes, *floor, *above.brushes, *look.over]


@dataclass(frozen=True)
class _Eye:
    """A view as it stands in one frame."""

    pose: Pose
    relief: float

    def over(self, points: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The frame points (n, 2) above points (n, 2) of the plane, at these values (n,)."""
        return framed(self.pose, self.relief, np.column_stack([points, values]))[:, :2]


class _Layer:
    """Brushes in the order in which they are painted."""

    def __init__(self) -> None:
        self.brushes: list[Brush] = []

    def add(self, brush: Brush) -> None:
        self.brushes.append(brush)

    def add_lines(self, lines: list[np.ndarray] | None, stroke: Rgba, width: float) -> None:
        if lines:
            self.brushes.append(Brush(lines, None, stroke, width, closed=False))


def _in_frame(corners: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Of which facets, with so many corners each, something may be in the frame, (N,)."""
    half = np.array([config.frame_width, config.frame_height]) / 2
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    low, high = np.minimum.reduceat(corners, starts), np.maximum.reduceat(corners, starts)
    return np.asarray((low <= half).all(axis=1) & (high >= -half).all(axis=1))


def _part_of(facet: np.ndarray, heights: np.ndarray) -> np.ndarray | None:
    """The part of a convex facet (k, 2) where heights (k,), affine on it, are positive; None if there is none."""
    inside = heights > 0
    if inside.all():
        return facet
    if not inside.any():
        return None
    kept = []
    for k in range(len(facet)):
        a, b = k - 1, k
        if inside[a] != inside[b]:
            t = heights[a] / (heights[a] - heights[b])
            kept.append(facet[a] + t * (facet[b] - facet[a]))
        if inside[b]:
            kept.append(facet[b])
    return np.array(kept)


def level_line(facet: np.ndarray, heights: np.ndarray) -> list[np.ndarray]:
    """Where the height is 0 on a facet: one segment (2, 2) at most."""
    inside = heights > 0
    ends = [
        facet[k - 1] + heights[k - 1] / (heights[k - 1] - heights[k]) * (facet[k] - facet[k - 1])
        for k in range(len(facet))
        if inside[k - 1] != inside[k]
    ]
    return [np.array(ends)] if len(ends) == 2 else []


def _split_segments(ends: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segments (m, 2, 2) in the frame cut where values (m, 2) pass 0: pieces (p, 2, 2), sides (p,), whose (p,)."""
    crossing = (values[:, 0] > 0) != (values[:, 1] > 0)
    whole = np.flatnonzero(~crossing)
    cut = np.flatnonzero(crossing)
    t = values[cut, 0] / (values[cut, 0] - values[cut, 1])
    middle = ends[cut, 0] + t[:, None] * (ends[cut, 1] - ends[cut, 0])
    pieces = np.concatenate(
        [ends[whole], np.stack([ends[cut, 0], middle], axis=1), np.stack([middle, ends[cut, 1]], axis=1)]
    )
    sides = np.where(np.concatenate([values[whole].sum(axis=1), values[cut, 0], values[cut, 1]]) > 0, 1.0, -1.0)
    return pieces, sides, np.concatenate([whole, cut, cut])


def _gathered(pieces: np.ndarray, sides: np.ndarray, cells: np.ndarray) -> dict[tuple[int, float], list[np.ndarray]]:
    """Pieces by their cell and the side of the floor they lie on."""
    found: dict[tuple[int, float], list[np.ndarray]] = {}
    for piece, side, cell in zip(pieces, sides.tolist(), cells.tolist(), strict=True):
        found.setdefault((cell, side), []).append(piece)
    return found


def _mesh_parts(eye: _Eye, sheet: Sheet, seen: np.ndarray) -> dict[tuple[int, float], list[np.ndarray]]:
    """The square grid of the plane on the sheet, cut at the edges of the cells and at the floor."""
    counts = sheet.cells.counts
    cell_of = np.repeat(np.arange(len(counts)), counts)
    corners = sheet.corners
    following = np.arange(1, len(corners) + 1)
    stops = np.cumsum(counts)
    following[stops - 1] = stops - counts
    ends, cells = [], []
    for axis in (0, 1):
        low, high = sheet.cells.box[2 * axis], sheet.cells.box[2 * axis + 1]
        lines = MESH_STEP * np.arange(np.ceil(low / MESH_STEP) + 1, np.floor(high / MESH_STEP))
        first, second = corners[:, axis], corners[following, axis]
        crossed = ((first < lines[:, None]) != (second < lines[:, None])) & seen[cell_of]
        line, edge = np.nonzero(crossed)  # of a convex cell a line crosses two edges, which are neighbours here
        t = (lines[line] - first[edge]) / (second[edge] - first[edge])
        points = corners[edge] + t[:, None] * (corners[following[edge]] - corners[edge])
        ends.append(points.reshape(-1, 2, 2))
        cells.append(cell_of[edge].reshape(-1, 2)[:, 0])
    segments, home = np.concatenate(ends), np.concatenate(cells)
    return _on_sheet(eye, sheet, segments, home)


def _on_sheet(
    eye: _Eye, sheet: Sheet, segments: np.ndarray, home: np.ndarray
) -> dict[tuple[int, float], list[np.ndarray]]:
    """Segments (m, 2, 2) of the plane, each in the cell (m,) that it lies on, as they are seen on the sheet."""
    values = np.einsum("med,md->me", segments, sheet.slopes[home]) + sheet.offsets[home][:, None]
    seen = eye.over(segments.reshape(-1, 2), values.ravel()).reshape(-1, 2, 2)
    pieces, sides, whose = _split_segments(seen, values)
    return _gathered(pieces, sides, home[whose])


def _crease_parts(
    eye: _Eye, sheet: Sheet, groups: Sequence[Creases], order: list[int]
) -> dict[tuple[int, float], list[tuple[list[np.ndarray], Creases]]]:
    """The creases, each with the nearer of its two cells, so that neither covers it."""
    place = np.empty(len(order) + 1, dtype=int)
    place[order] = np.arange(len(order))
    place[-1] = -1  # beyond the box there is no cell
    found: dict[tuple[int, float], list[tuple[list[np.ndarray], Creases]]] = {}
    for group in groups:
        if len(group.edges) == 0 or group.stroke[3] == 0:
            continue
        pairs = sheet.cells.edges.cells[group.edges]
        home = np.where(place[pairs[:, 0]] > place[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
        segments = sheet.cells.edges.segments[group.edges]
        for key, lines in _on_sheet(eye, sheet, segments, home).items():
            found.setdefault(key, []).append((lines, group))
    return found


def _rider_parts(eye: _Eye, sheet: Sheet, riders: Riders) -> dict[tuple[int, float], list[Brush]]:
    """The marks, by their cell and the side of the floor they are on: a brush for each shape of a kind."""
    home = sheet.cells.locate(riders.points)
    shown = np.array([kind.shapes[-1][1][3] > 0 for kind in riders.kinds])
    kept = (home >= 0) & shown[riders.kind]
    points, home, kinds = riders.points[kept], home[kept], riders.kind[kept]
    values = (points * sheet.slopes[home]).sum(axis=1) + sheet.offsets[home]
    groups: dict[tuple[int, float, int], list[np.ndarray]] = {}
    sides = np.where(values > 0, 1.0, -1.0)
    for place, *key in zip(eye.over(points, values), home.tolist(), sides.tolist(), kinds.tolist(), strict=True):
        groups.setdefault((key[0], key[1], key[2]), []).append(place)
    found: dict[tuple[int, float], list[Brush]] = {}
    for (cell, side, number), places in groups.items():
        for shape, color in riders.kinds[number].shapes:
            brush = (
                dots(places, shape, color)
                if isinstance(shape, float)
                else Brush(np.array(places)[:, None, :] + shape, color)
            )
            found.setdefault((cell, side), []).append(brush)
    return found


def _pane(eye: _Eye, look: Look) -> list[Brush]:
    """The part of the floor that is seen as a pane, with its edge."""
    if look.pane is None or not look.pane[1]:
        return []
    outline, shown = look.pane
    seen = eye.over(outline, np.zeros(len(outline)))
    return [Brush([seen], rgba(theme.INK, PANE * shown), rgba(theme.INK, 0.55 * shown), 1.6)]


def _floor(eye: _Eye) -> list[Brush]:
    """The floor: a veil over what lies below it, thinner from a level view, and the grid of the plane."""
    lift = eye.pose.lift
    half = np.array([config.frame_width, config.frame_height]) / 2 + 0.1
    veil = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    reach = np.arange(-FLOOR_REACH, FLOOR_REACH + FLOOR_STEP, FLOOR_STEP)
    along = np.stack(np.broadcast_arrays(reach[:, None], np.array([-FLOOR_REACH, FLOOR_REACH])), axis=-1)
    lines = np.concatenate([along, along[..., ::-1]]).reshape(-1, 2)
    seen = eye.over(lines, np.zeros(len(lines))).reshape(-1, 2, 2)
    return [
        Brush([veil], rgba(theme.BACKGROUND, VEIL * lift * min(1.0, np.sin(eye.pose.elevation) / np.sin(STEEP)))),
        Brush(seen, None, rgba(theme.GRID, 0.55), 1.0, closed=False),
    ]

"""Where the view of the opening stands: above, at home, and level with the tie at the edge of the piece."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from quantization_story.analysis.margins import MarginPlaces, weight_sizes
from quantization_story.analysis.sheets import Sheet, seen_extent
from quantization_story.core.arrays import FloatArray
from quantization_story.core.plane_geometry import clip_polygon
from quantization_story.mobjects.flight import Pose
from quantization_story.style import theme

HERO_AT = np.deg2rad(165.0)  # where the hero lies in the plane as it is seen: at the left, a little behind
# At home, where the piece is seen to sink, and nearly level.
HOME_ELEVATION, SIDE_ELEVATION, EDGE_ELEVATION = np.deg2rad(36.0), np.deg2rad(13.0), np.deg2rad(3.0)
SIDE_ROOM = 0.5  # what is left free at the left there, in frame units
EDGE_AT = 1.9 if theme.VERTICAL else 0.9  # where the hero is seen in the level view, across the frame
EDGE_SHARE = 0.92  # of the height between the strips, that all heights take there
EDGE_WIDTH = 3.6 if theme.VERTICAL else 4.2  # the widest that the points on the piece are seen there, in frame units
BEYOND = 0.06  # how far the piece is shown beyond the points on it, as a share of their width


@dataclass(frozen=True)
class Poses:
    """Where the view stands.

    Straight above the flat plane; at home; lower, from where going down is seen as that; level with the tie at the
    piece's edge; and so far off that all mixtures of up and down can be seen.
    """

    above: Pose
    home: Pose
    side: Pose
    edge: Pose
    wide: Pose


def poses_of(places: MarginPlaces, sheets: Sequence[Sheet], relief: float, zone: theme.Zone) -> Poses:
    """The poses for these sheets, the float one first; at home they fill the zone."""
    box = places.story.box
    middle = ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2, 0.0)
    flat = Pose(0.0, np.pi / 2, 1.0, middle, zone.center[:2], 0.0)
    home = Pose(home_turn(places), HOME_ELEVATION, 1.0, middle)
    side = replace(home, elevation=SIDE_ELEVATION)
    return Poses(
        fitted(flat, relief, sheets, theme.middle_zone()),
        fitted(home, relief, sheets, zone),
        fitted(side, relief, sheets, replace(zone, left=zone.left + SIDE_ROOM)),
        *edge_poses(places, sheets[0], relief),
    )


def edge_poses(places: MarginPlaces, exact: Sheet, relief: float) -> tuple[Pose, Pose]:
    """Near, where all points on the piece are in the frame before and after, and far: all mixtures as well."""
    story, zone, turn = places.story, theme.middle_zone(), edge_turn(places, exact)
    count = sum(weight_sizes(story.net))
    own = np.concatenate([story.values(places.riders, part) for part in (np.zeros(count), np.ones(count))])
    poses = []
    for heights in (own, np.concatenate([own, *places.ways])):
        low, high = min(float(heights.min()), 0.0), float(heights.max())
        tall = EDGE_SHARE * zone.height / (relief * np.cos(EDGE_ELEVATION) * (high - low))
        unit = float(min(tall, EDGE_WIDTH / np.ptp(places.riders @ to_the_right(turn))))
        focus = (*places.hero.tolist(), (low + high) / 2)
        poses.append(Pose(turn, EDGE_ELEVATION, unit, focus, (EDGE_AT, zone.center[1])))
    return poses[0], poses[1]


def home_turn(places: MarginPlaces) -> float:
    """How far the plane is turned so that the hero lies at `HERO_AT`."""
    box = places.story.box
    offset = places.hero - [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2]
    return float(HERO_AT - np.arctan2(offset[1], offset[0]))


def edge_turn(places: MarginPlaces, exact: Sheet) -> float:
    """How far it is turned so that the piece rises across the frame and is a line: the nearer way from home."""
    home, slope = home_turn(places), exact.slopes[exact.cells.locate(places.hero[None])[0]]
    across = [-np.arctan2(slope[1], slope[0]) + half for half in (0.0, np.pi)]
    near = [home + (goal - home + np.pi) % (2 * np.pi) - np.pi for goal in across]
    return float(min(near, key=lambda goal: abs(goal - home)))


def to_the_right(turn: float) -> FloatArray:
    """The direction (2,) of the plane that is seen to the right when it is turned so far."""
    return np.array([np.cos(turn), -np.sin(turn)])


def plank(places: MarginPlaces, turn: float) -> FloatArray:
    """The part of the piece (p, 2) that carries the points: cut off a little beyond them on four sides."""
    part, right = places.cells.polygons[places.piece], to_the_right(turn)
    room = BEYOND * float(np.ptp(places.riders @ right))
    for side in (right, np.array([-right[1], right[0]])):
        across = places.riders @ side
        part = clip_polygon(part, side, room - float(across.min()))
        part = clip_polygon(part, -side, room + float(across.max()))
    return part


def fitted(pose: Pose, relief: float, sheets: Sequence[Sheet], zone: theme.Zone) -> Pose:
    """The pose, zoomed and moved so that all these sheets, as it sees them, fill a zone as far as they fit."""
    solid = np.vstack([sheet.lifted(relief * pose.lift) for sheet in sheets]) - np.array(
        [*pose.focus[:2], relief * pose.lift * pose.focus[2]]
    )
    low, high = seen_extent(solid, [pose.projection])
    unit = float(min(zone.width / (high[0] - low[0]), zone.height / (high[1] - low[1])))
    at = np.array(zone.center[:2]) - unit * (low + high) / 2
    return replace(pose, unit=unit, at=(float(at[0]), float(at[1])))

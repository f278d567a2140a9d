"""Where the view of the opening stands: above, at a slant, and level with the tie at the edge of the piece."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from quantization_story.analysis.margins import MarginPlaces, weight_sizes
from quantization_story.analysis.sheets import Sheet, seen_extent
from quantization_story.core.arrays import FloatArray
from quantization_story.mobjects.flight import Pose
from quantization_story.style import theme

HERO_AT = np.deg2rad(165.0)  # where the hero lies in the plane as it is seen: at the left, a little behind
SIDE_ELEVATION, EDGE_ELEVATION = np.deg2rad(18.0), np.deg2rad(1.0)  # where the piece is seen to sink, and nearly level
SIDE_ROOM = 0.5  # what is left free at the left there, in frame units
EDGE_AT = 1.9 if theme.VERTICAL else 0.9  # where the hero is seen in the level view, across the frame
EDGE_SHARE = 0.92  # of the height between the strips, that all heights take there
EDGE_WIDTH = 3.6 if theme.VERTICAL else 4.2  # the widest that the points on the piece are seen there, in frame units


@dataclass(frozen=True)
class Poses:
    """Where the view stands.

    Straight above the flat plane; at a slant, from where the plane is still flat, and then rises; and level with the
    tie at the piece's edge.
    """

    above: Pose
    slant: Pose
    side: Pose
    edge: Pose


def poses_of(places: MarginPlaces, sheets: Sequence[Sheet], relief: float, zone: theme.Zone) -> Poses:
    """The poses for these sheets, the float one first; from the side they fill the zone."""
    box = places.story.box
    middle = ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2, 0.0)
    flat = Pose(0.0, np.pi / 2, 1.0, middle, zone.center[:2], 0.0)
    side = Pose(side_turn(places), SIDE_ELEVATION, 1.0, middle)
    side = fitted(side, relief, sheets, replace(zone, left=zone.left + SIDE_ROOM))
    above = fitted(flat, relief, sheets, theme.middle_zone())
    return Poses(above, replace(side, lift=0.0), side, edge_pose(places, sheets[0], relief))


def edge_pose(places: MarginPlaces, exact: Sheet, relief: float) -> Pose:
    """So near that all points on the piece are in the frame, before and after."""
    story, zone, turn = places.story, theme.middle_zone(), edge_turn(places, exact)
    count = sum(weight_sizes(story.net))
    heights = np.concatenate([story.values(places.riders, part) for part in (np.zeros(count), np.ones(count))])
    low, high = min(float(heights.min()), 0.0), float(heights.max())
    tall = EDGE_SHARE * zone.height / (relief * np.cos(EDGE_ELEVATION) * (high - low))
    unit = float(min(tall, EDGE_WIDTH / np.ptp(places.riders @ to_the_right(turn))))
    return Pose(turn, EDGE_ELEVATION, unit, (*places.hero.tolist(), (low + high) / 2), (EDGE_AT, zone.center[1]))


def side_turn(places: MarginPlaces) -> float:
    """How far the plane is turned so that the hero lies at `HERO_AT`."""
    box = places.story.box
    offset = places.hero - [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2]
    return float(HERO_AT - np.arctan2(offset[1], offset[0]))


def edge_turn(places: MarginPlaces, exact: Sheet) -> float:
    """How far it is turned so that the piece rises across the frame and is a line: the nearer way from the side."""
    side, slope = side_turn(places), exact.slopes[exact.cells.locate(places.hero[None])[0]]
    across = [-np.arctan2(slope[1], slope[0]) + half for half in (0.0, np.pi)]
    near = [side + (goal - side + np.pi) % (2 * np.pi) - np.pi for goal in across]
    return float(min(near, key=lambda goal: abs(goal - side)))


def to_the_right(turn: float) -> FloatArray:
    """The direction (2,) of the plane that is seen to the right when it is turned so far."""
    return np.array([np.cos(turn), -np.sin(turn)])


def fitted(pose: Pose, relief: float, sheets: Sequence[Sheet], zone: theme.Zone) -> Pose:
    """The pose, zoomed and moved so that all these sheets, as it sees them, fill a zone as far as they fit."""
    solid = np.vstack([sheet.lifted(relief * pose.lift) for sheet in sheets]) - np.array(
        [*pose.focus[:2], relief * pose.lift * pose.focus[2]]
    )
    low, high = seen_extent(solid, [pose.projection])
    unit = float(min(zone.width / (high[0] - low[0]), zone.height / (high[1] - low[1])))
    at = np.array(zone.center[:2]) - unit * (low + high) / 2
    return replace(pose, unit=unit, at=(float(at[0]), float(at[1])))

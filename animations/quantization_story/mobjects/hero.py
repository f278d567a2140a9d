"""The one thing that is followed: a bright mark, and the trail that it leaves."""

from collections.abc import Callable
from typing import Any

import numpy as np

from quantization_story.mobjects.live import live_fill, live_marks
from quantization_story.mobjects.paths import CellPath, PointCloud
from quantization_story.style import theme

HERO_RADIUS = 0.13


def hero_mark(place: Callable[[], np.ndarray], mark: str = "disc", radius: float = HERO_RADIUS) -> PointCloud:
    """The hero at the frame point (3,) that the function gives: large, in the hero's white, with a dark rim."""
    cloud = live_marks(lambda: place()[None], theme.HERO, mark, radius)
    cloud.set_stroke(theme.BACKGROUND, theme.HAIRLINE)
    return cloud


class Trail(CellPath):
    """Where a thing has been in the last seconds, as one ribbon that narrows toward the past.

    home: gives where it is in the picture's own coordinates, (k,), so that the trail stays in place while the view
    moves. to_frame: takes such points (n, k) to frame points (n, 3).
    """

    def __init__(
        self,
        home: Callable[[], np.ndarray],
        to_frame: Callable[[np.ndarray], np.ndarray],
        seconds: float = 2.5,
        radius: float = 0.6 * HERO_RADIUS,
        color: str = theme.HERO,
        opacity: float = 0.55,
    ) -> None:
        super().__init__(color, opacity)
        self.home, self.to_frame = home, to_frame
        self.seconds, self.radius = seconds, radius
        self.ages = np.zeros(0)
        self.past = np.zeros((0, len(home())))
        self.add_updater(_grow)

    def grow(self, dt: float) -> None:
        """Note where the thing is now, forget what is too old, and draw the ribbon."""
        kept = self.ages + dt <= self.seconds / theme.PACE
        self.ages = np.append(self.ages[kept] + dt, 0.0)
        self.past = np.vstack([self.past[kept], np.asarray(self.home())])
        self.set_polygons(
            [_ribbon(self.to_frame(self.past), self.radius * (1 - self.ages * theme.PACE / self.seconds))]
        )


def comet(way: Callable[[], np.ndarray], radius: float = 0.6 * HERO_RADIUS, opacity: float = 0.55) -> CellPath:
    """The last part of a way in frame points (n, 3), the newest last, as a ribbon that narrows toward its beginning.

    Unlike a trail it remembers nothing: it is drawn from where its thing is on its way now.
    """

    def outline() -> list[np.ndarray]:
        spine = way()
        return [_ribbon(spine, radius * np.linspace(0.0, 1.0, len(spine)))] if len(spine) > 1 else []

    return live_fill(outline, theme.HERO, opacity)


def _grow(trail: Any, dt: float) -> None:
    trail.grow(dt)


def _ribbon(spine: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """The outline (2 m, 3) of a ribbon along points (n, 3), half as wide as `widths` (n,); empty for a single place."""
    moved = np.append(np.linalg.norm(np.diff(spine, axis=0), axis=1) > 1e-6, True)
    spine, widths = spine[moved], widths[moved]
    if len(spine) < 2:
        return np.zeros((0, 3))
    along = np.gradient(spine, axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0], np.zeros(len(along))])
    across *= (widths / np.maximum(np.linalg.norm(across, axis=1), 1e-9))[:, None]
    return np.concatenate([spine + across, (spine - across)[::-1]])

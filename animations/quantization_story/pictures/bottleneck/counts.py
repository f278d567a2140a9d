"""All networks of a search, as dots."""

from collections.abc import Mapping

import numpy as np
from manim import VGroup

from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.text import text
from quantization_story.style import theme

COLUMNS = 17  # of the dots that are seeds


class SeedDots(VGroup):
    """All networks of a search that learned, a dot each: those that hold, that come back, and that stay down.

    outcomes: a letter a seed, as `Population` has them. own: the number of the seed that is shown, in a ring. words: of
    each fate.
    """

    def __init__(self, outcomes: str, own: int | None, words: Mapping[str, str]) -> None:
        super().__init__()
        zone = theme.middle_zone()
        learned = [number for number, each in enumerate(outcomes) if each != "-"]
        rows = -(-len(learned) // COLUMNS)
        right, top = (0.7, 3.4) if theme.VERTICAL else (6.3, 0.4)
        inside = theme.Zone(zone.left + 0.7, zone.right - right, zone.bottom + 0.4, zone.top - top)
        xs = np.linspace(inside.left, inside.right, COLUMNS)
        ys = np.linspace(inside.top, inside.bottom, max(rows, 2))
        # Those that lose stand first, so that they can be counted.
        order = sorted(learned, key=lambda number: ("rlh".index(outcomes[number]), number))
        self.places = {seed: np.array([xs[k % COLUMNS], ys[k // COLUMNS], 0.0]) for k, seed in enumerate(order)}
        self.clouds = {}
        looks = ("r", theme.REPAIRED, 0.17), ("l", theme.QUANTIZED, 0.17), ("h", theme.QUIET, 0.09)
        for letter, color, radius in looks:
            own_places = [self.places[number] for number in order if outcomes[number] == letter]
            cloud = PointCloud(color, "disc", radius)
            self.clouds[letter] = cloud.set_positions(np.array(own_places).reshape(-1, 3))
            self.add(cloud)
        if own in self.places:
            self.add(PointCloud(theme.HERO, "ring", 0.27).set_positions(self.places[own][None]))
        corner = (
            np.array([inside.left, inside.top + 2.9, 0]) if theme.VERTICAL else np.array([inside.right + 0.8, 1.2, 0])
        )
        self.words = VGroup()
        for k, (letter, color, _) in enumerate(looks):
            line = text(words[letter], theme.INK, theme.LABEL_SIZE)
            line.move_to(corner + np.array([line.width / 2 + 0.45, -0.65 * k, 0.0]))
            self.words.add(line)
            self.add(PointCloud(color, "disc", 0.14).set_positions((corner + np.array([0.14, -0.65 * k, 0.0]))[None]))
        self.add(self.words)

"""How every scene looks: colours by role, the type scale, durations, and the zones of the frame. No mathematics."""

from dataclasses import dataclass

from manim import config

# --- colours by role
BACKGROUND = "#10131A"
INK = "#F2F4F8"  # text that is spoken of
QUIET = "#98A2B3"  # labels, axis numbers
GUIDE = "#3A4252"  # axes, frames, brackets of panels
GRID = "#2C4A6E"  # the float network's grid: the float blue, dimmed

FLOAT = "#58A6FF"  # the float network
QUANTIZED = "#FF9F43"  # the quantized network
SAME = "#7EE2A8"  # corrected; same activation pattern (drawn as dots, solid)
CROSSED = "#E5484D"  # topological; another activation pattern (drawn as crosses, dashed)
BOUNDARY = "#FFD84A"  # where a ReLU switches
PROPAGATED = "#B08CFF"  # error that arrives from earlier layers; what a layer adds itself is QUANTIZED

# The classes of a task differ in mark as well: disc, triangle, square, diamond.
CLASS_COLORS = ("#63DDE3", "#B08CFF", "#FF8AC4", "#D9DEE7")
# Neighbouring cells differ in lightness only: tints say "another piece", not "another kind".
CELL_TINTS = ("#24406A", "#3C6FA8", "#16253F", "#5288BF")
# The two columns of a matrix, and the images of the two basis vectors.
COLUMN_COLORS = ("#A5D3FF", "#4C8DFF")
# What each layer adds to an error: shades of the quantized orange, from the first layer to the last.
LAYER_COLORS = ("#FFE9CC", "#FFC07A", "#F08C3A", "#B85A2A")

# Where a point stands along a shape, from its start to its end; lighter all the way, so that greyscale keeps the order.
PARAMETER_COLORS = ("#7B61D9", "#4C82D8", "#2FA3B8", "#45C28B", "#A3DB57", "#F6E96B")
# A map of magnitudes, from small to large.
HEAT_COLORS = ("#1C1430", "#6B1F52", "#C2423F", "#F0913A", "#FFE9A0")

# --- the type scale (manim font sizes)
TITLE_SIZE = 36
CAPTION_SIZE = 33
FIGURE_SIZE = 60  # the one large number of a beat
FORMULA_SIZE = 35
LABEL_SIZE = 28
SMALL_SIZE = 23
SMALLEST_GLYPH = 0.1  # frame units; what is lower cannot be read at 480p

# --- durations (seconds) and reading speed
BRIEF = 0.5
STEADY = 1.2
LONG = 2.0
WORDS_PER_SECOND = 3.0
CAPTION_LIMIT = 70  # characters

# --- line widths (manim stroke widths)
HAIRLINE = 1.2
THIN = 2.0
STRONG = 4.0


@dataclass(frozen=True)
class Zone:
    """A rectangle of the frame, in frame units."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def width(self) -> float:
        """Right minus left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Top minus bottom."""
        return self.top - self.bottom

    @property
    def center(self) -> tuple[float, float, float]:
        """The middle, as a manim point."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0

    def split(self, share: float, gap: float = 0.4) -> tuple["Zone", "Zone"]:
        """Cut into a left part of this share of the width and a right part, with a gap between."""
        cut = self.left + share * self.width
        return (
            Zone(self.left, cut - gap / 2, self.bottom, self.top),
            Zone(cut + gap / 2, self.right, self.bottom, self.top),
        )


MARGIN = 0.35


def frame_zone() -> Zone:
    """The frame without its margins."""
    half_width, half_height = config.frame_width / 2, config.frame_height / 2
    return Zone(-half_width + MARGIN, half_width - MARGIN, -half_height + MARGIN, half_height - MARGIN)


def title_zone() -> Zone:
    """The strip on top: the title at its left, the regime badge at its right."""
    frame = frame_zone()
    return Zone(frame.left, frame.right, frame.top - 0.075 * config.frame_height, frame.top)


def caption_zone() -> Zone:
    """The strip at the bottom: one caption line."""
    frame = frame_zone()
    return Zone(frame.left, frame.right, frame.bottom, frame.bottom + 0.075 * config.frame_height)


def stage_zone() -> Zone:
    """What lies between title and caption."""
    frame = frame_zone()
    return Zone(frame.left, frame.right, caption_zone().top + 0.1, title_zone().bottom - 0.1)

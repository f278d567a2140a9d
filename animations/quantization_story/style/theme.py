"""How every scene looks: colours by role, the type scale, durations, and the zones of the frame. No mathematics.

The environment chooses, when this is imported, a palette (QUANT_STORY_THEME) and a format (QUANT_STORY_FORMAT).
"""

from dataclasses import dataclass
from typing import Any

from manim import LEFT, RIGHT, config

from quantization_story.style.formats import chosen_format, chosen_theme, upright
from quantization_story.style.pace import chosen_pace
from quantization_story.style.palettes import PALETTES

# --- colours by role; what each is for is said in `palettes`
PALETTE = PALETTES[chosen_theme()]
BACKGROUND = PALETTE.background
INK, INK_WORD = PALETTE.ink, PALETTE.ink_word
QUIET = PALETTE.quiet
GUIDE = PALETTE.guide
GRID = PALETTE.grid

FLOAT = PALETTE.float_net
QUANTIZED = PALETTE.quantized
SAME = PALETTE.same
CROSSED = PALETTE.crossed
BOUNDARY, BOUNDARY_WORD = PALETTE.boundary, PALETTE.boundary_word
REPAIRED = PALETTE.repaired
HERO = PALETTE.hero
PROPAGATED = PALETTE.propagated

CLASS_COLORS = PALETTE.classes
CELL_TINTS = PALETTE.cells
COLUMN_COLORS = PALETTE.columns
LAYER_COLORS = PALETTE.layers
PARAMETER_COLORS = PALETTE.parameter
HEAT_COLORS = PALETTE.heat
FACES = PALETTE.faces

# --- the format
VERTICAL = chosen_format() == "vertical"

# --- the type scale (manim font sizes)
TITLE_SIZE = 36
CAPTION_SIZE = 38 if VERTICAL else 33
FIGURE_SIZE = 60  # the one large number of a beat
FORMULA_SIZE = 35
LABEL_SIZE = 28
SMALL_SIZE = 23
SMALLEST_GLYPH = 0.1  # frame units; what is lower cannot be read at 480p
QUESTION_SIZE = 30  # a question that has become the title

# --- durations (seconds) and reading speed
BRIEF = 0.5
STEADY = 1.2
LONG = 2.0
WORDS_PER_SECOND = 3.0
CAPTION_LIMIT = 70  # characters
PACE = chosen_pace()  # seconds of story in a second of video: every duration is divided by it

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

    def up(self, height: float) -> float:
        """The height this far above the middle."""
        return (self.bottom + self.top) / 2 + height

    def strip(self, bottom: float, top: float) -> "Zone":
        """The part between two heights, which are counted from the middle."""
        return Zone(self.left, self.right, self.up(bottom), self.up(top))

    def split(self, share: float, gap: float = 0.4) -> tuple["Zone", "Zone"]:
        """Cut into a left part of this share of the width and a right part, with a gap between.

        In an upright frame into an upper part of this share of the height, and a lower part.
        """
        if VERTICAL:
            cut = self.top - share * self.height
            return (
                Zone(self.left, self.right, cut + gap / 2, self.top),
                Zone(self.left, self.right, self.bottom, cut - gap / 2),
            )
        cut = self.left + share * self.width
        return (
            Zone(self.left, cut - gap / 2, self.bottom, self.top),
            Zone(cut + gap / 2, self.right, self.bottom, self.top),
        )


UPRIGHT_HEIGHT = 16.0  # frame units: a frame of 9 x 16 holds two stages of a wide frame, one above the other


def format_config() -> dict[str, Any]:
    """What manim has to be told for the chosen format, at the quality that it is set to; nothing for a wide frame."""
    if not VERTICAL:
        return {}
    width, height = upright(config.pixel_width, config.pixel_height)
    return {
        "pixel_width": width,
        "pixel_height": height,
        "frame_width": UPRIGHT_HEIGHT * width / height,
        "frame_height": UPRIGHT_HEIGHT,
    }


MARGIN = 0.35
LINE = 0.6  # the height of a line of title or caption
LOWER_LINE = 0.35  # and of one more line below it


def frame_zone() -> Zone:
    """The frame without its margins."""
    half_width, half_height = config.frame_width / 2, config.frame_height / 2
    return Zone(-half_width + MARGIN, half_width - MARGIN, -half_height + MARGIN, half_height - MARGIN)


def title_zone() -> Zone:
    """The strip on top: the title at its left, the regime badge at its right; in an upright frame below the title."""
    frame = frame_zone()
    height = LINE + 2 * LOWER_LINE if VERTICAL else 0.075 * config.frame_height
    return Zone(frame.left, frame.right, frame.top - height, frame.top)


def title_line() -> Zone:
    """The part of the title zone in which the title stands."""
    zone = title_zone()
    return Zone(zone.left, zone.right, zone.top - LINE, zone.top) if VERTICAL else zone


def badge_zone() -> Zone:
    """The part of the title zone in which the regime badge stands."""
    zone = title_zone()
    return Zone(zone.left, zone.right, zone.bottom, zone.top - LINE) if VERTICAL else zone


def caption_zone() -> Zone:
    """The strip at the bottom: one caption line, or two in an upright frame."""
    frame = frame_zone()
    height = 2 * LINE if VERTICAL else 0.075 * config.frame_height
    return Zone(frame.left, frame.right, frame.bottom, frame.bottom + height)


def stage_zone() -> Zone:
    """What lies between title and caption."""
    frame = frame_zone()
    gap = 0.2 if VERTICAL else 0.1
    return Zone(frame.left, frame.right, caption_zone().top + gap, title_zone().bottom - 0.1)


# --- the frame of a scene that asks one question: the picture fills it, and runs on below two translucent strips


def picture_zone() -> Zone:
    """The whole frame, from edge to edge: where the picture may be."""
    half_width, half_height = config.frame_width / 2, config.frame_height / 2
    return Zone(-half_width, half_width, -half_height, half_height)


def title_strip() -> Zone:
    """The translucent strip on top, from edge to edge; an upright frame has the badge in a line of its own."""
    frame = picture_zone()
    return Zone(frame.left, frame.right, frame.top - (2.1 if VERTICAL else 0.7), frame.top)


def caption_strip() -> Zone:
    """The translucent strip at the bottom, from edge to edge: a caption of one line, or two in an upright frame."""
    frame = picture_zone()
    return Zone(frame.left, frame.right, frame.bottom, frame.bottom + (1.6 if VERTICAL else 1.04))


def middle_zone() -> Zone:
    """What lies between the strips, from edge to edge: what must be seen is here."""
    frame = picture_zone()
    return Zone(frame.left, frame.right, caption_strip().top, title_strip().bottom)


WIDE_MIDDLE = Zone(-64 / 9, 64 / 9, -2.96, 3.3)  # that zone in a wide frame


def stretch() -> tuple[float, float]:
    """How much wider and taller the middle of this frame is than that of a wide one."""
    zone = middle_zone()
    return zone.width / WIDE_MIDDLE.width, zone.height / WIDE_MIDDLE.height


def spot(x: float, y: float) -> tuple[float, float]:
    """Where a place in the middle of a wide frame is in this one."""
    (across, up), zone = stretch(), middle_zone()
    return zone.center[0] + across * x, zone.center[1] + up * (y - WIDE_MIDDLE.center[1])


STRIP_OPACITY = 0.78  # of title and caption strip, plates and cards: the picture is felt below, words are read above
SIDE_CARD_SHARE = 0.22  # of the frame's width: the most that a side card takes
LAYER_HERO, LAYER_STRIPS, LAYER_PLATES, LAYER_WORDS = 10, 20, 30, 40  # in z, above all else of the picture

BADGE_EDGE = LEFT if VERTICAL else RIGHT  # where the lines of a badge begin or end

INSET = 0.5  # of the panel in an upright frame, at both sides
WIDE_STAGE = 5.9  # the height of the stage in a wide frame; an upright frame gives as much to the panel


def stage_parts(width: float, left: float = 0.0, gap: float = 0.6) -> tuple[Zone, Zone]:
    """The part of the stage for a picture of this width, `left` from the edge, and the panel at the right of it.

    In an upright frame the picture has the width that there is, and the panel stands below it.
    """
    stage = stage_zone()
    if VERTICAL:
        panel = Zone(stage.left + INSET, stage.right - INSET, stage.bottom, stage.bottom + WIDE_STAGE)
        return Zone(stage.left + left, stage.right - min(left, 0.4), panel.top + 0.5, stage.top), panel
    right = stage.left + left + width
    return (
        Zone(stage.left + left, right, stage.bottom, stage.top),
        Zone(right + gap, stage.right, stage.bottom, stage.top),
    )

"""The colours of each theme, by role. What is compared differs in lightness too, so that all eyes tell it apart."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours by role, as #RRGGBB."""

    background: str
    ink: str  # text that is spoken of
    ink_word: str  # what a caption calls it
    quiet: str  # labels, axis numbers
    guide: str  # axes, frames, brackets of panels
    grid: str  # the float network's grid: the float blue, dimmed
    float_net: str  # the float network
    quantized: str  # the quantized network
    same: str  # same activation pattern (drawn as dots, solid)
    crossed: str  # topological; another activation pattern (drawn as crosses, dashed)
    repaired: str  # what a correction has laid back
    hero: str  # the one thing that is followed, and what is pointed at
    boundary: str  # where a ReLU switches
    boundary_word: str
    propagated: str  # error that arrives from earlier layers; what a layer adds itself is in the quantized orange
    classes: tuple[str, ...]  # the classes of a task, which differ in mark as well: disc, triangle, square, diamond
    cells: tuple[str, ...]  # neighbouring cells: tints say "another piece", not "another kind"
    columns: tuple[str, ...]  # the two columns of a matrix, and the images of the two basis vectors
    layers: tuple[str, ...]  # what each layer adds to an error, shades of the quantized orange, from first to last
    parameter: tuple[str, ...]  # where a point stands along a shape, from its start to its end, in order of lightness
    faces: tuple[float, float]  # how much of its colour a face of a sheet keeps, in the shadow and in full light
    heat: tuple[str, ...]  # a map of magnitudes, from small to large, away from the background


DARK = Palette(
    background="#10131A",
    ink="#F2F4F8",
    ink_word="white",
    quiet="#98A2B3",
    guide="#3A4252",
    grid="#2C4A6E",
    float_net="#58A6FF",
    quantized="#FF9F43",
    same="#7EE2A8",
    crossed="#E5484D",
    repaired="#B08CFF",
    hero="#FDFEFF",
    boundary="#FFD84A",
    boundary_word="yellow",
    propagated="#B08CFF",
    classes=("#63DDE3", "#B08CFF", "#FF8AC4", "#D9DEE7"),
    cells=("#24406A", "#3C6FA8", "#16253F", "#5288BF"),
    columns=("#A5D3FF", "#4C8DFF"),
    layers=("#FFE9CC", "#FFC07A", "#F08C3A", "#C46230"),
    parameter=("#7B61D9", "#4C82D8", "#2FA3B8", "#45C28B", "#A3DB57", "#F6E96B"),
    faces=(0.28, 1.1),
    heat=("#1C1430", "#6B1F52", "#C2423F", "#F0913A", "#FFE9A0"),
)

LIGHT = Palette(
    background="#FBFAF6",
    ink="#14181F",
    ink_word="black",
    quiet="#566072",
    guide="#C3C8D1",
    grid="#A9C3E4",
    float_net="#0F4FAE",
    quantized="#B45700",
    same="#007F63",
    crossed="#A3001F",
    repaired="#6B3FC4",
    hero="#05070B",
    boundary="#5A4B00",
    boundary_word="dark yellow",
    propagated="#6B3FC4",
    classes=("#007C8A", "#5B2FB5", "#C2388A", "#3A414D"),
    cells=("#C4D8F2", "#9DBFE8", "#E3ECF8", "#7FABDF"),
    columns=("#1F6FD6", "#0B3A82"),
    layers=("#A66018", "#87470F", "#652F05", "#3F1C02"),
    parameter=("#3A1F9E", "#2754A8", "#117386", "#1B8A56", "#5F9420", "#9C8F0A"),
    faces=(0.18, 0.68),
    heat=("#F4EEE4", "#F3C98B", "#E0803F", "#A8323A", "#4A1440"),
)

PALETTES = {"dark": DARK, "light": LIGHT}

"""The colours of each theme, by role. One colour, one meaning: `MEANINGS` stay apart for all eyes, and in greyscale."""

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
    classes: tuple[str, ...]  # the classes of a task, muted: their mark tells them first (disc, triangle, square, …)
    cells: tuple[str, ...]  # neighbouring cells: tints say "another piece", not "another kind"
    columns: tuple[str, ...]  # the two columns of a matrix, and the images of the two basis vectors
    layers: tuple[str, ...]  # what each layer adds to an error, shades of the quantized orange, from first to last
    parameter: tuple[str, ...]  # where a point stands along a shape, from its start to its end, in order of lightness
    faces: tuple[float, float]  # how much of its colour a face of a sheet keeps, in the shadow and in full light
    heat: tuple[str, ...]  # a map of magnitudes, from small to large, away from the background


MEANINGS = ("float_net", "quantized", "same", "crossed", "repaired", "boundary", "hero")

DARK = Palette(
    background="#10131A",
    ink="#F2F4F8",
    ink_word="white",
    quiet="#98A2B3",
    guide="#3A4252",
    grid="#2C4A6E",
    float_net="#6FA8FA",
    quantized="#FFA03E",
    same="#63F5BE",
    crossed="#EE3540",
    repaired="#9284FF",
    hero="#FDFEFF",
    boundary="#F6C91A",
    boundary_word="yellow",
    propagated="#F58BC4",
    classes=("#74B9BD", "#D59AB4", "#C2B59B", "#AEB6C6"),
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
    float_net="#0B3FA6",
    quantized="#844208",
    same="#0F7241",
    crossed="#750015",
    repaired="#38006F",
    hero="#05070B",
    boundary="#8F6E00",
    boundary_word="dark yellow",
    propagated="#A01F78",
    classes=("#2E6F75", "#8E4A68", "#6B5F45", "#4A5262"),
    cells=("#C4D8F2", "#9DBFE8", "#E3ECF8", "#7FABDF"),
    columns=("#1F6FD6", "#0B3A82"),
    layers=("#A8521F", "#87400F", "#652F05", "#3F1C02"),
    parameter=("#3A1F9E", "#2754A8", "#117386", "#1B8A56", "#5F9420", "#9C8F0A"),
    faces=(0.18, 0.68),
    heat=("#F4EEE4", "#F3C98B", "#E0803F", "#A8323A", "#4A1440"),
)

PALETTES = {"dark": DARK, "light": LIGHT}

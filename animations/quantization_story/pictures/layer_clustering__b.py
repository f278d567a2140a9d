"""Histograms made of their members: every value is a cell of its bar, and cells can be on their way."""

from collections.abc import Callable

import numpy as np

from quantization_story import theme
from quantization_story.histograms import Histogram
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_fill, live_marks
from quantization_story.mobjects.paths import CellPath, PointCloud

Shares = Callable[[], np.ndarray]  # (n,), each 0 to 1, read every frame


class Stack:
    """The cells of a histogram over a chart of shares: in each bar rows of `columns` cells, the first at its foot.

    It is no mobject but the ruler of what is drawn in it. columns: about as many as make the cells square, if left out.
    """

    def __init__(self, chart: Chart, bins: Histogram, columns: int | None = None) -> None:
        self.chart, self.bins = chart, bins
        across = (chart.point(bins.width, 0.0) - chart.point(0.0, 0.0))[0]
        up = (chart.point(0.0, 1.0) - chart.point(0.0, 0.0))[1] / len(bins.bin_of)
        self.columns = max(1, round(float(np.sqrt(across / up)))) if columns is None else columns
        self.cell = np.array([across / self.columns, up * self.columns])
        rows, column = np.divmod(bins.ranks, self.columns)
        feet = chart.to_frame(np.column_stack([bins.edges[bins.bin_of], np.zeros(len(rows))]))
        self.corners = feet + np.column_stack([column * self.cell[0], rows * self.cell[1], np.zeros(len(rows))])

    @property
    def places(self) -> np.ndarray:
        """The middles of the cells, frame points (n, 3)."""
        return self.corners + np.append(self.cell / 2, 0.0)

    def blocks(self, grown: Shares, color: str) -> CellPath:
        """The cells as blocks with a thin gap, each as high as it has grown; one path."""
        gap = np.minimum(0.03, 0.2 * self.cell)
        width, height = self.cell - gap
        corner = self.corners + np.append(gap / 2, 0.0)

        def polygons() -> list[np.ndarray]:
            now = grown()
            tops = height * now
            return [
                foot + np.array([[0, 0, 0], [width, 0, 0], [width, top, 0], [0, top, 0]])
                for foot, top in zip(corner[now > 0], tops[now > 0], strict=True)
            ]

        return live_fill(polygons, color, 0.95)

    def bars(self, color: str, opacity: float) -> CellPath:
        """The bars themselves."""
        bins = self.bins
        return self.chart.bars(bins.middles, bins.shares, 0.94 * bins.width, color, opacity)


def arrival(progress: float, order: np.ndarray, overlap: float = 0.3) -> np.ndarray:
    """How far each of some movers is on its way, (n,), 0 to 1, when they leave one after the other.

    order: (n,), 0 for the first to leave, 1 for the last. overlap: the part of the whole time that each is on its way.
    """
    t = np.clip((progress - (1 - overlap) * order) / overlap, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def swarm(
    stations: list[np.ndarray], progress: Callable[[], float], order: np.ndarray, color: str, radius: float
) -> PointCloud:
    """Marks that travel from station to station, each (n, 3): at progress 1.5 half-way between the second and third."""

    def places() -> np.ndarray:
        at = min(max(progress(), 0.0), len(stations) - 1.0)
        leg = min(int(at), len(stations) - 2)
        part = arrival(at - leg, order)[:, None]
        return (1 - part) * stations[leg] + part * stations[leg + 1]

    return live_marks(places, color, "square", radius)


def matrix_places(zone: theme.Zone, shape: tuple[int, ...], places: np.ndarray) -> np.ndarray:
    """Where the entries with flat indices `places` (n,) lie in a matrix drawn over a zone, frame points (n, 3).

    shape: of the tensor; the dimensions after the first are laid out in one row, and a vector is one row.
    """
    rows = shape[0] if len(shape) > 1 else 1
    columns = int(np.prod(shape)) // rows
    row, column = np.divmod(places, columns)
    x = zone.left + (column + 0.5) / columns * zone.width
    y = zone.top - (row + 0.5) / rows * zone.height
    return np.column_stack([x, y, np.zeros(len(places))])

"""The plane on which a network of more than two inputs is seen, and the network restricted to it."""

from dataclasses import replace

import numpy as np

from quantization_story.core.affine import rank
from quantization_story.core.arrays import FloatArray
from quantization_story.core.tasks import LabelledPoints
from quantization_story.networks import LearnedNetwork, OnPlane, OutputsOnPlane
from quantization_story.networks.settings import PLANE
from quantization_story.partition.cells import Plane

Rows = tuple[int, int, int]
PRINCIPAL = "the plane of 2 principal directions"


def restrict(
    learned: LearnedNetwork, points: FloatArray, corners: FloatArray | None, rows: Rows | None
) -> LearnedNetwork:
    """A network of more than two inputs as a function of a plane's coordinates, its points projected onto the plane.

    points: (n, d), all its points. The plane goes through three of them where their rows are named, through three
    given corners (3, d) where there are some, else along the first two principal directions of the points. A network
    of one or two inputs is returned as it is. Raises ValueError where a plane cannot be, or is named twice.
    """
    if learned.network.widths[0] <= 2:
        if rows is not None:
            raise ValueError(f"a plane is chosen, but a network of {learned.network.widths[0]} inputs needs none")
        return learned
    plane, words = _plane_of(points, corners, rows)

    def projected(data: LabelledPoints) -> LabelledPoints:
        return LabelledPoints((data.points - plane.origin) @ plane.directions.T, data.labels)

    return replace(
        learned,
        network=plane.restrict(learned.network),
        calibration=projected(learned.calibration),
        held_out=projected(learned.held_out),
        whole=OnPlane(learned.network, plane, learned.calibration, learned.held_out, words),
    )


def on_output_plane(learned: LearnedNetwork) -> LearnedNetwork:
    """A network of more than two outputs with two: the principal directions of its outputs on the calibration points.

    One of one or two outputs is returned as it is. Raises ValueError where the outputs lie on a line.
    """
    if learned.network.widths[-1] <= 2:
        return learned
    z = learned.given(learned.given_calibration.points)
    try:
        plane = principal_plane(z)
    except ValueError:
        raise ValueError(f"its {z.shape[1]} outputs lie on a line: there is no plane to show them on") from None
    words = f"{z.shape[1]} outputs on their 2 principal directions"
    seen = OutputsOnPlane(learned.network, plane.origin, plane.directions, words, variance_on(plane, z))
    return replace(learned, network=seen.restrict(learned.network), readout=None, outputs=seen)


def _plane_of(points: FloatArray, corners: FloatArray | None, rows: Rows | None) -> tuple[Plane, str]:
    if rows is not None and corners is not None:
        raise ValueError(f"it holds a plane, and {PLANE} names another; keep one")
    if rows is not None:
        if max(rows) >= len(points):
            raise ValueError(f"{PLANE} names row {max(rows)} of {len(points)} points, counted from 0 on")
        first, second, third = rows
        return plane_through(points[list(rows)]), f"the plane through points {first}, {second}, {third}"
    if corners is not None:
        return plane_through(corners), "the plane through three given points"
    return principal_plane(points), PRINCIPAL


def plane_through(corners: FloatArray) -> Plane:
    """The plane through three points (3, d), in orthonormal coordinates: the first at (0, 0), the second at (x, 0).

    Raises ValueError if they lie on a line.
    """
    along, aside = corners[1] - corners[0], corners[2] - corners[0]
    if rank(np.stack([along, aside])) < 2:
        raise ValueError("the three points of the plane lie on a line")
    first = along / np.linalg.norm(along)
    second = aside - (aside @ first) * first
    return Plane(corners[0], np.stack([first, second / np.linalg.norm(second)]))


def principal_plane(points: FloatArray) -> Plane:
    """The plane through the mean of points (n, d) along their first two principal directions.

    Of each direction the largest component is positive. Raises ValueError if the points lie on a line.
    """
    mean = points.mean(axis=0)
    _, singular, directions = np.linalg.svd(points - mean, full_matrices=False)
    if singular[1] <= 1e-9 * singular[0]:
        raise ValueError(f"{len(points)} points lie on a line: they have no second principal direction for a plane")
    chosen = directions[:2] * np.sign(directions[[0, 1], np.abs(directions[:2]).argmax(axis=1)])[:, None]
    return Plane(mean, chosen)


def variance_on(plane: Plane, points: FloatArray) -> float:
    """The share of the variance of points (n, d) that lies in an orthonormal plane through any place, 0 to 1."""
    centred = points - points.mean(axis=0)
    total = float((centred**2).sum())
    return float(((centred @ plane.directions.T) ** 2).sum()) / total if total > 0 else 0.0

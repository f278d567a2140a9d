"""A user's own network, or a shipped one by name, with the quantizer, the points and the plane that were chosen."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from quantization_story.core.affine import rank
from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import LabelledPoints, accuracy
from quantization_story.networks import LearnedNetwork, OnPlane, known_networks, load_network
from quantization_story.networks.files import NetworkFile, read_network_file
from quantization_story.networks.settings import ALLOW_UNLEARNED, PLANE, Settings
from quantization_story.partition.cells import Plane

DEFAULT_BITS = 4
LEARNED_AT_LEAST = 0.95
FEWEST_POINTS = 20
MOST_CALIBRATION = 2000
DRAWN, HALF_BOX = 2000, 3.0  # where no points are given: how many are drawn, from [-3, 3]^d
SEED = 0


def load_chosen(settings: Settings, default: str) -> LearnedNetwork:
    """The network that the settings name, or the shipped `default`, at the bits and with the scales that they choose.

    Raises ValueError for whatever is wrong with the choice; whether the network has learned is not asked here.
    """
    name = default if settings.network is None else settings.network
    if name in known_networks():
        learned = load_network(name)
        if settings.plane is not None:
            raise ValueError(f"{PLANE}: the network {name} has {learned.network.widths[0]} inputs and needs no plane")
    elif not Path(name).suffix and not Path(name).exists():
        raise ValueError(f"no network {name!r}; shipped are {', '.join(known_networks())}; or name a file")
    else:
        learned = _own(read_network_file(name), settings)
    bits = learned.bits if settings.bits is None else settings.bits
    per_channel = learned.story.per_channel if settings.per_channel is None else settings.per_channel
    chosen = replace(learned, story=UniformQuantizer(bits, per_channel=per_channel))
    _check_values(chosen)
    return chosen


def _own(file: NetworkFile, settings: Settings) -> LearnedNetwork:
    """The network of a file on its points, or on points drawn from a box where it has none."""
    net, points, labels = file.network, file.points, file.labels
    if points is not None and len(points) < FEWEST_POINTS:
        raise ValueError(f"{file.path}: {len(points)} points; at least {FEWEST_POINTS} are needed, half to fit on")
    if points is None and net.widths[0] > 2:
        raise ValueError(f"{file.path}: a network of {net.widths[0]} inputs needs points, to choose a plane by")
    if points is None:
        points = np.random.default_rng(SEED).uniform(-HALF_BOX, HALF_BOX, (DRAWN, net.widths[0]))
    calibration, held_out = _parts(points, labels)
    learned = LearnedNetwork(
        file.path.name,
        net,
        None,
        calibration,
        held_out,
        None,
        None if labels is None else _readout(file),
        UniformQuantizer(DEFAULT_BITS),
        file.digest,
    )
    if net.widths[0] > 2:
        try:
            return _restricted(learned, *_plane_of(file, points, settings))
        except ValueError as error:
            raise ValueError(f"{file.path}: {error}") from None
    if settings.plane is not None or file.plane is not None:
        raise ValueError(f"{file.path}: a plane is chosen, but a network of {net.widths[0]} inputs needs none")
    return learned


def _readout(file: NetworkFile) -> FloatArray:
    return np.eye(file.network.widths[-1]) if file.prototypes is None else file.prototypes


def _parts(points: FloatArray, labels: IntArray | None) -> tuple[LabelledPoints, LabelledPoints]:
    """Half of the shuffled points to fit on, but at most MOST_CALIBRATION of them, and the others to measure on."""
    order = np.random.default_rng(SEED).permutation(len(points))
    cut = min(len(points) // 2, MOST_CALIBRATION)
    marks = np.zeros(len(points), dtype=np.int64) if labels is None else labels
    first, second = (LabelledPoints(points[rows], marks[rows]) for rows in (order[:cut], order[cut:]))
    return first, second


def _plane_of(file: NetworkFile, points: FloatArray, settings: Settings) -> tuple[Plane, str]:
    """The plane through three points, where they are named, else that of the first two principal directions."""
    if settings.plane is not None and file.plane is not None:
        raise ValueError(f"it holds a plane, and {PLANE} names another; keep one")
    if settings.plane is not None:
        if max(settings.plane) >= len(points):
            raise ValueError(f"{PLANE} names row {max(settings.plane)} of {len(points)} points, counted from 0 on")
        first, second, third = settings.plane
        return plane_through(points[list(settings.plane)]), f"the plane through points {first}, {second}, {third}"
    if file.plane is not None:
        return plane_through(file.plane), "the plane through three given points"
    return principal_plane(points), "the plane of 2 principal directions"


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


def _restricted(learned: LearnedNetwork, plane: Plane, words: str) -> LearnedNetwork:
    """The same network as a function of a plane's coordinates, with its points projected onto the plane."""

    def projected(data: LabelledPoints) -> LabelledPoints:
        return LabelledPoints((data.points - plane.origin) @ plane.directions.T, data.labels)

    return replace(
        learned,
        network=plane.restrict(learned.network),
        calibration=projected(learned.calibration),
        held_out=projected(learned.held_out),
        whole=OnPlane(learned.network, plane, learned.calibration, learned.held_out, words),
    )


def _check_values(learned: LearnedNetwork) -> None:
    """Raise ValueError where the values of either network overflow at a point."""
    for kind, network in (("float", learned.network), ("quantized", learned.quantized())):
        with np.errstate(over="ignore", invalid="ignore"):
            for layer, z in enumerate(network.pre_activations(learned.held_out.points), start=1):
                if not np.isfinite(z).all():
                    raise ValueError(f"{learned.name}: the values of layer {layer} of the {kind} network overflow")


def whole_network(learned: LearnedNetwork) -> ReluNetwork:
    """The network as it was given, with all its inputs."""
    return learned.network if learned.whole is None else learned.whole.network


def whole_held_out(learned: LearnedNetwork) -> LabelledPoints:
    """The held-out points with all their inputs."""
    return learned.held_out if learned.whole is None else learned.whole.held_out


def whole_calibration(learned: LearnedNetwork) -> LabelledPoints:
    """The calibration points with all their inputs."""
    return learned.calibration if learned.whole is None else learned.whole.calibration


def task_accuracy(learned: LearnedNetwork, bits: int | None = None) -> float | None:
    """The accuracy on the held-out points with all their inputs, 0 to 1; None where no task is given.

    Of the float network, or of the network quantized to so many bits.
    """
    if learned.readout is None:
        return None
    net, data = whole_network(learned), whole_held_out(learned)
    judged = net if bits is None else net.quantized(learned.quantizer_at(bits))
    return accuracy(judged, data.points, data.labels, learned.readout)


def keeps_gate(learned: LearnedNetwork, allow_unlearned: bool) -> bool | None:
    """Whether the float network has learned its task, by the gate of 95 %; None where no task is given.

    Raises ValueError for one that has not, unless that is allowed.
    """
    reached = task_accuracy(learned)
    if reached is not None and reached < LEARNED_AT_LEAST and not allow_unlearned:
        raise ValueError(
            f"the network {learned.name} has not learned its task: accuracy {reached:.1%} on held-out points, "
            f"{LEARNED_AT_LEAST:.0%} is needed before its geometry is shown ({ALLOW_UNLEARNED}=1 shows it all the same)"
        )
    return None if reached is None else reached >= LEARNED_AT_LEAST

"""Trains the small digits network that comes with its points, as a file that any user could have brought.

python -m quantization_story.layers.train_bundled_digits        # needs the extra 'digits'

It is trained on the calibration points of its file, so that what is measured on the others is held out.
"""

from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import accuracy
from quantization_story.layers.train_digits import CLASSES, all_digits, single_precision
from quantization_story.networks import BUNDLED
from quantization_story.networks.chosen import parts
from quantization_story.training.optimize import Penalty, he_start, train_from

WIDTHS = (64, 32, 10)
START_SEED = 0
L2, MAX_ITERATIONS = 1e-3, 300
SHADES = 16  # pixels are whole numbers from 0 to this; the network is trained on their share of it


def trained() -> tuple[ReluNetwork, np.ndarray, np.ndarray]:
    """The network on pixels from 0 to SHADES, all images (n, 64) and their labels (n,)."""
    pixels, labels = all_digits()
    calibration, _ = parts(pixels / SHADES, labels)
    network = train_from(he_start(WIDTHS, START_SEED), calibration, CLASSES, Penalty(L2), MAX_ITERATIONS)
    first, *others = network.weights
    return single_precision(ReluNetwork((first / SHADES, *others), network.biases)), pixels, labels


def main() -> None:
    """Write digits.npz and say what it reaches."""
    network, pixels, labels = trained()
    arrays: dict[str, Any] = {
        f"layer{n}.{kind}": array.astype("<f4")
        for n, pair in enumerate(zip(network.weights, network.biases, strict=True), start=1)
        for kind, array in zip(("weight", "bias"), pair, strict=True)
    }
    points: dict[str, Any] = {"points": pixels.astype(np.uint8), "labels": labels.astype(np.uint8)}
    with Path(BUNDLED / "digits.npz").open("wb") as file:
        np.savez_compressed(file, **arrays, **points)
    calibration, held_out = parts(pixels, labels)
    for name, data in (("calibration", calibration), ("held-out", held_out)):
        print(f"{accuracy(network, data.points, data.labels, CLASSES):.1%} on {len(data.labels)} {name} images")


if __name__ == "__main__":
    main()

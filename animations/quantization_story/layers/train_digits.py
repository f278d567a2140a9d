"""Trains the embedded network on scikit-learn's digits and writes it with its record, the same bytes on one machine.

python -m quantization_story.layers.train_digits        # needs the extra 'digits'

The last digit of a weight may hang on the number of threads of the linear algebra; OPENBLAS_NUM_THREADS=1 fixes it.
"""

import argparse
import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints, accuracy, require_learned
from quantization_story.layers import EMBEDDED_LAYER, FOLDER
from quantization_story.layers.clustering import codebook_of, nearest_levels, uniform_levels
from quantization_story.training.optimize import Penalty, he_start, train_from

WIDTHS = (64, 64, 10)
CLASSES = 10
HELD_OUT, SPLIT_SEED = 500, 0
START_SEED = 0
L2, MAX_ITERATIONS = 1e-5, 100
SAMPLE, SAMPLE_SEED = 1000, 0  # of the codebooks whose accuracy is recorded
LEVEL_COUNTS = (2, 4, 8, 16, 32, 64)


def all_digits() -> tuple[FloatArray, IntArray]:
    """All images of 8 x 8 pixels as (n, 64), from 0 to 16, and the digits (n,).

    Raises ModuleNotFoundError, naming the extra, where scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "the images of the digits need the extra 'digits': pip install 'quantization-story[digits]'"
        ) from None
    pixels, labels = load_digits(return_X_y=True)
    return pixels, labels


def digits() -> tuple[LabelledPoints, LabelledPoints]:
    """The images to train on and those held out, pixels from 0 to 1, with the digit as label; as `all_digits`."""
    pixels, labels = all_digits()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    held_out, training = order[:HELD_OUT], order[HELD_OUT:]
    return (
        LabelledPoints(pixels[training] / 16.0, labels[training]),
        LabelledPoints(pixels[held_out] / 16.0, labels[held_out]),
    )


def single_precision(network: ReluNetwork) -> ReluNetwork:
    """The network as it is stored, with every number rounded to float32."""
    return ReluNetwork(
        tuple(weight.astype(np.float32) for weight in network.weights),
        tuple(bias.astype(np.float32) for bias in network.biases),
    )


def with_levels(network: ReluNetwork, levels: FloatArray) -> ReluNetwork:
    """The network with every weight of its first layer rounded to the nearest of some levels (k,)."""
    first, *others = network.weights
    return ReluNetwork((nearest_levels(first.ravel(), levels).reshape(first.shape), *others), network.biases)


def measure_levels(network: ReluNetwork, held_out: LabelledPoints) -> dict[str, Any]:
    """The accuracy on held-out images with the first layer as a codebook and as uniform levels, by their number.

    The codebook is what k-means finds on a sample of the layer; the uniform levels span the range of all its weights.
    """
    weights = network.weights[0].ravel()

    def reached(levels: FloatArray) -> float:
        return accuracy(with_levels(network, levels), held_out.points, held_out.labels, CLASSES)

    books = {k: codebook_of(weights, k, SAMPLE, np.random.default_rng(SAMPLE_SEED)) for k in LEVEL_COUNTS}
    return {
        "layer": EMBEDDED_LAYER,
        "sample": SAMPLE,
        "seed": SAMPLE_SEED,
        "codebook": {k: reached(book) for k, book in books.items()},
        "uniform": {k: reached(uniform_levels(weights, k)) for k in LEVEL_COUNTS},
    }


def make(folder: Path) -> dict[str, Any]:
    """Train, check that the network has learned, write digits.npz and digits.json; returns the record."""
    training, held_out = digits()
    start = he_start(WIDTHS, START_SEED)
    network = single_precision(train_from(start, training, CLASSES, Penalty(L2), MAX_ITERATIONS))
    reached = require_learned(network, held_out.points, held_out.labels, classes=CLASSES)
    record = {
        "name": "digits",
        "task": "scikit-learn's digits: 1,797 images of 8 x 8 pixels, divided by 16, ten classes",
        "widths": WIDTHS,
        "stored": "float32",
        "split": {"training": len(training.labels), "held_out": len(held_out.labels), "seed": SPLIT_SEED},
        "training": {
            "loss": "softmax cross-entropy plus l2 times the sum of the squared weights",
            "method": "L-BFGS from He's start",
            "seed": START_SEED,
            "l2": L2,
            "max_iterations": MAX_ITERATIONS,
        },
        "chosen": "One seed. The penalty and the cap on iterations were settled by hand after trying a handful, "
        "for a layer whose weights do not all lie in one bin of thirty.",
        "accuracy": {
            "training": accuracy(network, training.points, training.labels, CLASSES),
            "held_out": reached,
        },
        "levels": measure_levels(network, held_out),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
        "command": "python -m quantization_story.layers.train_digits",
    }
    arrays: dict[str, Any] = {}
    for layer, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True), start=1):
        arrays[f"layer{layer}.weight"], arrays[f"layer{layer}.bias"] = weight.astype("<f4"), bias.astype("<f4")
    np.savez(folder / "digits.npz", **arrays)
    (folder / "digits.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m quantization_story.layers.train_digits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its two files go")
    record = make(parser.parse_args(arguments).folder)
    reached = record["accuracy"]
    print(f"digits: {reached['training']:.1%} on the training images, {reached['held_out']:.1%} on those held out")


if __name__ == "__main__":
    main()

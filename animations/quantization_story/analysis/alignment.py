"""Activations of a float and a quantized layer as two charts of one input space: compared as they are, then aligned."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from quantization_story.analysis.residuals import Residuals
from quantization_story.analysis.transport import removed_share
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork

Verdict = Literal["none", "outliers", "farther", "no farther"]

# From this ratio of mean residuals on, crossed points are called outliers.
OUTLYING = 3.0


@dataclass(frozen=True, eq=False)
class ChartComparison:
    """The gaps between a layer's float and quantized values at the same n points, in two readings.

    raw: as they are, so under the identity chart. aligned: after the affine map. crossed, in both: whether the gates up
    to the layer differ.
    """

    raw: Residuals
    aligned: Residuals

    @property
    def chart_share(self) -> float:
        """The share of the squared raw gaps that the map removes; negative if it makes them larger."""
        return removed_share(*(float(np.linalg.norm(gaps.vectors)) for gaps in (self.raw, self.aligned)))

    @property
    def parts(self) -> tuple[float, float, float]:
        """What the squared raw gaps are made of: removed by the map, left on points that stayed, left on crossed."""
        left = 1.0 - self.chart_share
        return self.chart_share, left * (1.0 - self.aligned.energy_share), left * self.aligned.energy_share

    @property
    def falls(self) -> tuple[float, float]:
        """By which share the mean gap falls on points that stayed, and on crossed ones; 0 where there are none."""
        pairs = (self.raw.same_mean, self.aligned.same_mean), (self.raw.crossed_mean, self.aligned.crossed_mean)
        first, second = (1.0 - after / before if before > 0 else 0.0 for before, after in pairs)
        return first, second

    @property
    def verdict(self) -> Verdict:
        """Where the map leaves the crossed points beside the others, by their mean residuals.

        "outliers" from OUTLYING times as far on; "none" where no point crossed.
        """
        if not self.aligned.crossed.any():
            return "none"
        if self.aligned.ratio >= OUTLYING:
            return "outliers"
        return "farther" if self.aligned.ratio > 1.0 else "no farther"


def layer_values(net: ReluNetwork, x: Any, layer: int, activated: bool) -> FloatArray:
    """z of a layer at points x (n, d_0), or its activations max(z, 0), (n, d_layer)."""
    z = net.pre_activations(x)[net.check_layer(layer) - 1]
    return np.maximum(z, 0.0) if activated else z


def gates_differ(net: ReluNetwork, quantized: ReluNetwork, x: Any, layer: int) -> BoolArray:
    """Whether any gate of the layers 1 to `layer` differs at points x, (n,)."""
    check_same_widths(net, quantized)
    layers = range(net.check_layer(layer))
    pairs = [(net.pre_activations(x)[index], quantized.pre_activations(x)[index]) for index in layers]
    return np.asarray(np.any(np.hstack([(z > 0) != (z_q > 0) for z, z_q in pairs]), axis=1))


def align_charts(net: ReluNetwork, quantized: ReluNetwork, calibration: Any, layer: int, activated: bool) -> AffineMap:
    """The affine map from the quantized layer's values to the float ones that fits calibration points (m, d_0) best.

    Before the first ReLU it is exact wherever W_q has full rank: T = W W_q^-1.
    """
    return fit_affine(*(layer_values(network, calibration, layer, activated) for network in (quantized, net)))


def compare_charts(
    net: ReluNetwork, quantized: ReluNetwork, alignment: AffineMap, x: Any, layer: int, activated: bool
) -> ChartComparison:
    """Compare a layer of both networks at points x (n, d_0), as they are and after the alignment."""
    crossed = gates_differ(net, quantized, x, layer)
    goal, own = (layer_values(network, x, layer, activated) for network in (net, quantized))
    return ChartComparison(Residuals(goal - own, crossed), Residuals(goal - alignment(own), crossed))

"""The small picture of a network: what it lights is what acts, and it goes where it is put."""

import numpy as np
from manim import RIGHT

from quantization_story.mobjects.layer_graph import small_graph


def middles(cloud: object) -> np.ndarray:
    """The middle of each mark of a cloud, (n, 3)."""
    marks = cloud.points.reshape(-1, len(cloud.template), 3)  # type: ignore[attr-defined]
    return np.asarray((marks.min(axis=1) + marks.max(axis=1)) / 2)


def test_the_neuron_that_acts_is_lit_and_moves_with_the_picture() -> None:
    acting: dict[str, list[int]] = {"layer": [1], "units": [2]}
    graph = small_graph((2, 3, 2), lambda: acting["layer"][0], lambda: acting["units"])
    (_, rings), lines, lit = graph
    for unit in range(3):
        acting["units"] = [unit]
        graph.shift(2 * RIGHT)
        graph.update()
        assert len(lines.points) == 0
        np.testing.assert_allclose(middles(lit), middles(rings)[2 + unit : 3 + unit], atol=1e-6)
    acting["layer"], acting["units"] = [2], [0, 1]
    graph.update()
    np.testing.assert_allclose(middles(lit), middles(rings)[5:], atol=1e-6)


def test_the_weights_of_a_layer_are_lit_where_none_of_its_neurons_is_named() -> None:
    layer = [0]
    graph = small_graph((2, 3, 2), lambda: layer[0], list)
    (weights, rings), lines, lit = graph
    assert len(weights.points) // 4 == 12
    assert len(lines.points) == len(lit.points) == 0
    layer[0] = 2
    graph.update()
    places = middles(rings)
    ends = lines.points.reshape(-1, 4, 3)[:, [0, 3]]
    assert len(ends) == 6
    assert {tuple(end.round(6)) for end in ends[:, 0]} == {tuple(place.round(6)) for place in places[2:5]}
    assert {tuple(end.round(6)) for end in ends[:, 1]} == {tuple(place.round(6)) for place in places[5:]}

"""How the energy of an error is shared out over the cells whose pattern changed and the others."""

from quantization_story.partition.refinement import EnergySplit, Refinement


def changed_energy_share(split: EnergySplit) -> float:
    """The share of an energy that lies where the patterns differ, 0 to 1; 0 where there is no energy at all."""
    return split.changed / split.total if split.total > 0 else 0.0


def density_ratio(split: EnergySplit) -> float:
    """How many times as much energy a unit of area holds where the patterns differ as where they agree.

    Infinite where those hold none, 1 where there is no energy at all.
    """
    if split.same_density > 0:
        return split.changed_density / split.same_density
    return float("inf") if split.changed_density > 0 else 1.0


def energy_left(cells: Refinement, energy: float, layer: int | None = None) -> float:
    """An energy as a share of that of the uncorrected error; raises ValueError where there is no error."""
    whole = cells.error_energy(layer)
    if not whole > 0:
        raise ValueError("the two networks are equal on the box: there is no error to correct")
    return energy / whole

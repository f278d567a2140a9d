"""A report as tables, as Markdown and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from quantization_story.core.json_values import plain
from quantization_story.networks.rounding_scores import MUCH
from quantization_story.report.measure import BitFigures, Report


@dataclass(frozen=True)
class Table:
    """A table of words and figures: a title, the heads of the columns, and the rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Letters that each column takes at least: those of the longest word in its head, or of its longest entry."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.heads)
        return tuple(
            max((*map(len, head.split()), *map(len, column)), default=1)
            for head, column in zip(self.heads, columns, strict=True)
        )

    def spread(self, width: int, between: int = 3) -> tuple[int, ...]:
        """Letters for each column: what it needs, and what is left of so many goes to heads that would be wrapped."""
        needed = list(self.widths)
        left = width - sum(needed) - between * (len(needed) - 1)
        for column, head in enumerate(self.heads):
            more = min(max(len(head) - needed[column], 0), max(left, 0))
            needed[column] += more
            left -= more
        return tuple(needed)

    def parts(self, width: int, between: int = 3) -> "list[Table]":
        """The table, cut between columns so that each part fits so many letters; each begins with the first column."""
        first, *others = range(len(self.heads))
        groups: list[list[int]] = [[first]]
        taken = self.widths[first]
        for column in others:
            if len(groups[-1]) > 1 and taken + between + self.widths[column] > width:
                groups.append([first])
                taken = self.widths[first]
            groups[-1].append(column)
            taken += between + self.widths[column]
        return [
            Table(
                self.title if group is groups[0] else f"{self.title}, continued",
                tuple(self.heads[column] for column in group),
                tuple(tuple(row[column] for column in group) for row in self.rows),
            )
            for group in groups
        ]


def report_notes(report: Report) -> list[str]:
    """What must be known before the figures are read, a sentence each; the regime is the first."""
    task = report.task
    notes = [report.regime, f"weights: SHA-256 {report.digest}, {report.parameters} parameters", *report.read]
    notes.append(
        f"corrections are fitted on {task.calibration} calibration points, figures are of {task.held_out} others"
    )
    if report.plane is not None:
        notes.append(
            f"{report.widths[0]} inputs: the geometry is that of {report.plane}; all other figures are of all inputs"
        )
    if report.refused is not None:
        notes.append(report.refused)
    return notes


def report_tables(report: Report) -> list[Table]:
    """All figures of a report: accuracies first, then, unless they are refused, geometry, layers and corrections."""
    tables = [
        Table(
            "Task",
            ("network", "accuracy, %"),
            (
                ("float", _percent(report.task.float_accuracy)),
                *((f"{bits} bits", _percent(reached)) for bits, reached in report.accuracies.items()),
            ),
        )
    ]
    if not report.at:
        return tables
    at = report.at
    tables += [_geometry(at), _flips(at), _at_points(at), _layers(at)]
    tables += [table for each in at for table in (_recovery(each), _corrections(each), _nulls(each))]
    tables += [_roundings(at), _failures(at), _rounded_seeds(at), _populations(at)]
    return [table for table in tables if table.rows]


def _geometry(at: Sequence[BitFigures]) -> Table:
    rows: list[tuple[str, ...]] = []
    for each in at:
        if each.geometry is None:
            rows.append((str(each.bits), each.no_geometry or "", "–", "–", "–", "–"))
            continue
        exact, changed = each.geometry, each.geometry.changed_area
        rows.append(
            (
                str(each.bits),
                str(exact.cells),
                "over 20 units" if changed is None else _percent(changed),
                *map(_figure, (exact.total, exact.metric, exact.topological)),
            )
        )
    box = next((each.geometry.box for each in at if each.geometry is not None), None)
    where = "" if box is None else f", exact over [{box[0]:g}, {box[1]:g}] × [{box[2]:g}, {box[3]:g}]"
    heads = ("bits", "cells", "changed area, %", "total", "metric", "topological")
    return Table(f"Mean squared error of the output{where}", heads, tuple(rows))


def _at_points(at: Sequence[BitFigures]) -> Table:
    rows = tuple(
        (
            str(each.bits),
            *map(_figure, (each.points.total, each.points.metric, each.points.topological)),
            _percent(each.points.crossed),
        )
        for each in at
    )
    heads = ("bits", "total", "metric", "topological", "points that crossed, %")
    return Table("Mean squared error of the output at the held-out points", heads, rows)


def _flips(at: Sequence[BitFigures]) -> Table:
    rows = tuple(
        (str(each.bits), str(layer), "  ".join(_percent(area) for area in units))
        for each in at
        if each.geometry is not None
        for layer, units in enumerate(each.geometry.flips, start=1)
    )
    return Table("Area in which a unit is on in one network only, % of the box", ("bits", "layer", "units"), rows)


def _layers(at: Sequence[BitFigures]) -> Table:
    heads = ("bits", "layer", "local", "propagated", "total", "relative, %", "propagated share, %")
    rows = tuple(
        (
            str(each.bits),
            str(layer.layer),
            *map(_figure, (layer.local, layer.propagated, layer.total)),
            _percent(layer.relative),
            _percent(layer.propagated_share),
        )
        for each in at
        for layer in each.layers
    )
    return Table("RMS error of the pre-activations", heads, rows)


def _recovery(at: BitFigures) -> Table:
    layers = [f"layer {layer.layer}" for layer in at.layers]
    rows = tuple(
        (each.name, *(f"{_percent(a)} → {_percent(b)}" for a, b in zip(each.before, each.after, strict=True)))
        for each in at.corrections
    )
    return Table(f"{at.bits} bits: relative RMS error of the pre-activations, %", ("correction", *layers), rows)


def _corrections(at: BitFigures) -> Table:
    rows = tuple(
        (
            each.name,
            str(each.numbers),
            _percent(each.accuracy),
            _percent(each.recovered),
            _percent(each.on_float),
            "–" if each.adds_capacity is None else "RAISED" if each.adds_capacity else "passed",
        )
        for each in at.corrections
    )
    heads = ("correction", "numbers", "accuracy, %", "regained, %", "on float, %", "non-capacity")
    reached = "" if at.quantized_accuracy is None else f", {_percent(at.quantized_accuracy)} % without any"
    return Table(f"{at.bits} bits: what the corrections bring back{reached}", heads, rows)


def _nulls(at: BitFigures) -> Table:
    rows = tuple(
        (
            each.name,
            _percent(each.null.accuracy),
            _percent(each.null.output_relative),
            _percent(each.null.raw_input),
        )
        for each in at.corrections
    )
    heads = ("correction", "accuracy, %", "error of the output, %", "from the raw input, %")
    draws = at.corrections[0].null.draws if at.corrections else 0
    return Table(
        f"{at.bits} bits: null control, the same fit from permuted weights, mean of {draws} draws", heads, rows
    )


def _populations(at: Sequence[BitFigures]) -> Table:
    rows = tuple(
        (str(each.bits), correction.name, correction.population)
        for each in at
        for correction in each.corrections
        if correction.population is not None
    )
    return Table("Other seeds", ("bits", "correction", "what became of them"), rows)


def _roundings(at: Sequence[BitFigures]) -> Table:
    rows = tuple(
        (
            str(each.bits),
            rounded.words,
            *(
                (rounded.refused, *("–",) * 4)
                if rounded.refused is not None
                else (
                    _figure(rounded.objective),
                    "  ".join(map(_figure, rounded.objectives)),
                    _figure(rounded.output),
                    _percent(rounded.accuracy),
                    _percent(rounded.changed_area),
                )
            ),
        )
        for each in at
        for rounded in each.roundings
    )
    heads = ("bits", "rounding", "error of the layers", "layer by layer", "RMS of the output", "accuracy, %")
    title = "Roundings: tr(E R Eᵀ) of the layers on the calibration points, the rest on the held-out ones"
    return Table(title, (*heads, "changed area, %"), rows)


def _failures(at: Sequence[BitFigures]) -> Table:
    rows = tuple(
        (str(each.bits), rounded.words, words)
        for each in at
        for rounded in each.roundings
        if (words := rounded.failure(each.roundings[0])) is not None
    )
    return Table("Roundings that lower the error of the layers, and yet", ("bits", "rounding", "against nearest"), rows)


def _rounded_seeds(at: Sequence[BitFigures]) -> Table:
    rows = tuple(
        (
            str(each.bits),
            seeds.rounding,
            f"{seeds.smaller} of {seeds.seeds}",
            f"{seeds.fewer_wrong} / {seeds.as_many_wrong} / {seeds.more_wrong}",
            f"{seeds.recovered} of {seeds.lost}",
            str(seeds.much_worse),
            f"{_percent(seeds.nearest_accuracy, 2)} → {_percent(seeds.accuracy, 2)}",
        )
        for each in at
        for seeds in each.rounded_seeds
    )
    heads = (
        "bits",
        "rounding",
        "smaller error of the layers",
        "of these fewer / as many / more points wrong",
        "back, of those that lose",
        "much worse",
        "mean accuracy, %",
    )
    much = f"{100 * MUCH:g} points of accuracy"
    return Table(f"Roundings of all seeds that learn; to lose, or to be much worse, is by {much}", heads, rows)


def _percent(share: float | None, decimals: int = 1) -> str:
    return "–" if share is None else f"{100 * share:.{decimals}f}"


def _figure(value: float) -> str:
    return f"{value:.3g}"


def to_markdown(report: Report) -> str:
    """The report as Markdown; the regime is the first line."""
    parts = ["\n\n".join(report_notes(report))]
    for table in report_tables(report):
        lines = [f"## {table.title}", "", _line(table.heads), _line(["---"] * len(table.heads))]
        parts.append("\n".join([*lines, *map(_line, table.rows)]))
    return "\n\n".join(parts) + "\n"


def _line(cells: Sequence[str]) -> str:
    # A bar would end the cell.
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def to_json(report: Report) -> str:
    """The report as JSON; the regime is the first entry. What is not known is null."""
    return json.dumps(plain(asdict(report)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

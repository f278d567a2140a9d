// The figures of `explorer_golden.figures`, from the page's own geometry: a list for each [network, choices].
function explorerFigures(asked) {
  const rows = ({ linear, offset }) => [...linear.data, ...offset];
  return asked.map(([source, choices]) => {
    const subject = readSubject(source);
    const [xmin, xmax, ymin, ymax] = subject.box;
    const third = (xmax - xmin) / 6;
    const probe = [(xmin + xmax) / 2 + third * 0.7, (ymin + ymax) / 2 - third * 0.4];
    return choices.map((choice) => {
      const { figures, float, rounded } = measured(subject, choice);
      const error = errorAt(float, rounded, probe);
      return {
        counts: [figures.cells, figures.floatCells, figures.roundedCells],
        "changed area": figures.changedArea,
        "total energy": figures.energy.total,
        "metric energy": figures.energy.metric,
        "topological energy": figures.energy.topological,
        accuracies: figures.accuracy === null ? [] : [figures.accuracy.float, figures.accuracy.rounded],
        "error at a point": [error.total, error.metric, error.topological].map((part) => [...part]),
        "same pattern": [Number(error.samePattern)],
        "maps at a point": [
          rows(affineMap(float, error.floatPattern)),
          rows(affineMap(rounded, error.roundedPattern)),
        ],
        "corner of the box": [...outputsOf(rounded, Float64Array.of(xmin, ymin))],
      };
    });
  });
}

/** The classification task: the read-out by prototypes, and accuracy. */

/**
 * The class whose prototype has the largest logit, (n), at outputs (n, d), row-major; of equal ones the first.
 * @param {Float64Array} outputs
 * @param {import("./network.js").Matrix} readout  (classes, d)
 * @returns {Uint8Array}
 */
export function classesOf(outputs, readout) {
  const { rows, columns, data } = readout;
  const classes = new Uint8Array(outputs.length / columns);
  for (let n = 0; n < classes.length; n++) {
    let largest = -Infinity;
    for (let i = 0; i < rows; i++) {
      let logit = 0;
      for (let j = 0; j < columns; j++) logit += outputs[n * columns + j] * data[i * columns + j];
      if (logit > largest) {
        largest = logit;
        classes[n] = i;
      }
    }
  }
  return classes;
}

/** The share, 0 to 1, of classes (n) that are as labels (n) say. */
export function shareRight(classes, labels) {
  return classes.reduce((right, each, n) => right + Number(each === labels[n]), 0) / classes.length;
}

/** Numbers as they are read. */

/** A share, 0 to 1, in per cent. */
export function percent(share, decimals = 1) {
  return `${(100 * share).toFixed(decimals)} %`;
}

/** A number to so many figures that count, without a power of ten. */
export function figure(value, digits = 3) {
  if (!Number.isFinite(value)) return "none";
  if (Math.abs(value) < 1e-9) return "0";
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(6, decimals)).replace("-", "−");
}

/** An integer with thousands parted. */
export function counted(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The sentence that tells all figures of a picture; telling: whether the area of other patterns is one of them. */
export function spoken({ figures, choice }, subject, telling) {
  const { accuracy, changedArea, boxArea, energy, cells } = figures;
  const levels = `${choice.bits} bits, ${Math.round(100 * choice.amount)} % rounded`;
  const right = accuracy === null
    ? "no task is given"
    : `${percent(accuracy.rounded)} of points right, float ${percent(accuracy.float)}`;
  const other = telling ? `other pattern on ${percent(changedArea / boxArea)} of the square; ` : "";
  return `${subject.name}, ${levels}: ${right}; RMS error ${figure(Math.sqrt(energy.total / boxArea))}; `
    + `${other}${counted(cells)} cells.`;
}

/** Arrays in JSON, checked: nested lists of numbers, or packed bytes in base64. Every error says which array is wrong. */

const KINDS = { float64: Float64Array, float32: Float32Array, int8: Int8Array, uint8: Uint8Array };

/** Throw an Error with this sentence unless a condition holds. */
export function need(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

/** A list, checked to be one. */
export function listOf(value, what) {
  need(Array.isArray(value), `${what}: a list is expected`);
  return value;
}

/**
 * @param {Array|object} value
 * @param {string} what  its name in an error
 * @returns {{shape: number[], data: Float64Array}} row-major
 */
export function arrayOf(value, what) {
  const array = Array.isArray(value) ? listed(value, what) : unpacked(value, what);
  need(array.data.every(Number.isFinite), `${what}: every entry must be a finite number`);
  return array;
}

function listed(value, what) {
  const shape = [];
  for (let part = value; Array.isArray(part); part = part[0]) shape.push(part.length);
  const regular = (part, depth) =>
    depth === shape.length
      ? typeof part === "number"
      : Array.isArray(part) && part.length === shape[depth] && part.every((each) => regular(each, depth + 1));
  need(regular(value, 0), `${what}: numbers in rows of one length are expected`);
  return { shape, data: Float64Array.from(value.flat(shape.length)) };
}

function unpacked(value, what) {
  const kind = Object.keys(KINDS).find((each) => value !== null && typeof value === "object" && each in value);
  need(kind !== undefined, `${what}: a list of numbers is expected`);
  const shape = listOf(value.shape, `shape of ${what}`);
  const bytes = bytesOfBase64(value[kind], `${what}: its ${kind}`);
  const size = shape.reduce((product, length) => product * length, 1);
  need(bytes.length === size * KINDS[kind].BYTES_PER_ELEMENT, `${what}: ${bytes.length} bytes for the shape ${shape}`);
  return { shape, data: new Float64Array(new KINDS[kind](bytes.buffer)) };
}

function bytesOfBase64(text, what) {
  let characters;
  try {
    characters = atob(text);
  } catch {
    throw new Error(`${what} are not base64`);
  }
  const bytes = new Uint8Array(characters.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = characters.charCodeAt(place);
  return bytes;
}

/** A matrix of so many rows and columns; null for any number but none. */
export function matrixIn(value, what, rows, columns) {
  const { shape, data } = arrayOf(value, what);
  const fits = shape.length === 2 && shape.every((length, axis) => length === ([rows, columns][axis] ?? length));
  need(fits && shape[0] > 0 && shape[1] > 0, `${what}: shape (${shape}), expected (${rows ?? "n"}, ${columns ?? "n"})`);
  return { rows: shape[0], columns: shape[1], data };
}

/** A vector of so many numbers. */
export function vectorIn(value, what, length) {
  const { shape, data } = arrayOf(value, what);
  need(shape.length === 1 && shape[0] === length, `${what}: shape (${shape}), expected (${length})`);
  return data;
}

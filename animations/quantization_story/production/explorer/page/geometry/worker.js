/**
 * Measures off the page's thread. Messages in: {subject: key, source}, once for each network, what `readSubject` reads;
 * then {id, subject: key, choice}. Messages out: {id, measured} or {id, error: a sentence}.
 */
import { measured } from "./explore.js";
import { readSubject } from "./json.js";

const subjects = new Map();

self.onmessage = ({ data: { id, subject, source, choice } }) => {
  if (source !== undefined) {
    subjects.set(subject, readSubject(source));
    return;
  }
  try {
    self.postMessage({ id, measured: measured(subjects.get(subject), choice) });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};

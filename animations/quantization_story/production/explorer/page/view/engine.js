/** Where a network is measured: a small one at once on the page, a large one in a worker, so that the page never waits. */

import { measured } from "../geometry/explore.js";
import { hiddenUnits } from "../geometry/network.js";

const SMALL = 12; // hidden units: a partition of so few takes less than a frame

/**
 * @param {() => Worker} makeWorker
 * @returns {{sources: Map<string, object>, follow: Function, once: Function}} follow(key, subject, choice, done,
 *   failed): done(key, measured), for the newest question alone. once(key, subject, choice): a promise of one answer, for every question.
 */
export function engineOf(makeWorker) {
  const sources = new Map(); // a network's JSON, which the worker reads for itself
  const waiting = new Map(); // who waits for which number
  let worker = null;
  let count = 0;
  let busy = false;
  let newest = null;

  function started() {
    if (worker !== null) return worker;
    worker = makeWorker();
    worker.known = new Set();
    worker.addEventListener("message", ({ data }) => {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error === undefined) resolve(data.measured);
      else reject(new Error(data.error));
    });
    return worker;
  }

  function once(key, subject, choice) {
    if (hiddenUnits(subject.network) <= SMALL) {
      return new Promise((resolve) => resolve(measured(subject, choice)));
    }
    const working = started();
    if (!working.known.has(key)) {
      working.postMessage({ subject: key, source: sources.get(key) });
      working.known.add(key);
    }
    const id = ++count;
    working.postMessage({ id, subject: key, choice });
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  }

  function follow(key, subject, choice, done, failed) {
    if (hiddenUnits(subject.network) <= SMALL) {
      newest = null;
      done(key, measured(subject, choice));
      return;
    }
    newest = { key, subject, choice, done, failed };
    if (!busy) next();
  }

  async function next() {
    const asked = newest;
    newest = null;
    busy = true;
    await once(asked.key, asked.subject, asked.choice).then((answer) => asked.done(asked.key, answer), asked.failed);
    busy = false;
    if (newest !== null) next();
  }

  return { sources, follow, once };
}

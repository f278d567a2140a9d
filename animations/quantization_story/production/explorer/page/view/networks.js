/** The networks of the page, and those that are opened on it. */

import { readSubject } from "../geometry/json.js";
import { byId } from "./dom.js";

const MOST_BYTES = 20e6; // of a file that is opened

/**
 * The networks that came with the page.
 * @param {{networks: object[], videos: Object<string, string>}} data
 * @returns {{subjects: Map<string, object>, sources: Map<string, object>, videos: Object<string, string>}}
 */
export function readPage({ networks, videos = {} }) {
  const sources = new Map(networks.map((source) => [source.name, source]));
  for (const [name, source] of sources) {
    if (source.pointsOf === undefined) continue;
    const { calibration, heldOut } = sources.get(source.pointsOf);
    sources.set(name, { ...source, calibration, heldOut });
  }
  const subjects = new Map([...sources].map(([name, source]) => [name, readSubject(source, name)]));
  return { subjects, sources, videos };
}

/**
 * Networks come by the button or are dropped; what cannot be shown says why.
 * @param {object} page  add(subject, source), tell(words)
 */
export function bindNetworks(page) {
  async function open(file) {
    try {
      if (file.size > MOST_BYTES) throw new Error(`it has ${Math.round(file.size / 1e6)} MB, more than ${MOST_BYTES / 1e6}`);
      if (!/\.json$/i.test(file.name)) throw new Error("a page reads .json only; quantization-story explore NETWORK OUT.json writes one");
      const text = await file.text();
      const subject = readSubject(text, file.name.replace(/\.json$/i, ""));
      page.tell("");
      page.add(subject, JSON.parse(text));
    } catch (error) {
      page.tell(`${file.name}: ${error.message}`);
    }
  }
  byId("file").addEventListener("change", async ({ target }) => {
    if (target.files.length > 0) await open(target.files[0]);
    target.value = "";
  });
  let inside = 0; // a drag enters and leaves every element on its way
  const over = (change) => {
    inside = change === null ? 0 : inside + change;
    byId("drop").hidden = inside <= 0;
  };
  document.addEventListener("dragenter", () => over(1));
  document.addEventListener("dragleave", () => over(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(null);
    if (event.dataTransfer.files.length > 0) open(event.dataTransfer.files[0]);
  });
}

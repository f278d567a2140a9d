/**
 * Measures off the page's thread. Messages in: {subject: key, source} once for each network, its parsed JSON; then
 * {id, subject: key, choice}. Messages out: {id, measured} or {id, error: sentence}; the arrays are handed over, not copied.
 */
import { measured } from "./explore.js";
import { readSubject } from "./json.js";

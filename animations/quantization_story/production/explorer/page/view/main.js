/** The page: one state, what is measured of it, and what is drawn of that. */

import { byId, made } from "./dom.js";
import { bindControls, showControls, showFigures } from "./controls.js";
import { engineOf } from "./engine.js";
import { guideOf } from "./guide.js";
import { showKey } from "./key.js";
import { bindNetworks, readPage } from "./networks.js";
import { changedClass, pictureOf, splitAt } from "./picture.js";
import { coloursOf } from "./plane.js";
import { planesOf } from "./planes.js";
import { showPoint } from "./point_panel.js";
import { addressOf, choiceOf, fittedTo, historyOf, pushed, redone, START, stateOf, undone } from "./state.js";
import { weightPanelOf } from "./weight_panel.js";

function begin() {
  const { subjects, sources, videos } = readPage(JSON.parse(byId("networks").textContent));
  const engine = engineOf(() => {
    const text = [byId("geometry").textContent, byId("worker").textContent].join("\n");
    return new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  });
  for (const [key, source] of sources) engine.sources.set(key, source);

  let history = historyOf(fitting(stateOf(location.hash)));
  let live = history.now; // while something is being dragged it is ahead of the history
  let asked = null; // what is measured, or being measured
  let picture = null;
  let pictured = null; // the network that the picture is of
  let colours = null;
  let brought = null; // the plane that was brought into a narrow screen
  let failed = false; // whether a message says that the last question could not be measured
  let written = null;

  /** A state whose network is on this page, and holds what the state speaks of. */
  function fitting(state) {
    const known = subjects.has(state.network);
    const named = known ? state : { ...state, network: subjects.keys().next().value, changes: [] };
    return fittedTo(named, subjects.get(named.network));
  }

  /** Take other choices; settled: they can be undone. silent: they need not be. */
  function choose(patch, { settled = true, silent = false } = {}) {
    live = fitting({ ...live, ...patch });
    if (silent) history = { ...history, now: { ...history.now, ...patch } };
    else if (settled && JSON.stringify(live) !== JSON.stringify(history.now)) history = pushed(history, live);
    refresh();
  }

  function jump(to) {
    history = to;
    live = history.now;
    refresh();
  }

  /** Show what is chosen; it is measured where that is another network or another choice for it. */
  function refresh() {
    const subject = subjects.get(live.network);
    showControls(live, subject, history);
    guide.show(live.step);
    if (live.view !== brought) planes.showView(live.view); // it asks for the layout, which takes as long as a picture
    brought = live.view;
    const choice = choiceOf(live, subject);
    const question = JSON.stringify([live.network, choice]);
    if (question !== asked) {
      asked = question;
      byId("pictures").setAttribute("aria-busy", "true");
      engine.follow(live.network, subject, choice, take, fail);
    } else if (pictured === live.network) {
      show();
    }
    clearTimeout(written);
    written = setTimeout(() => window.history.replaceState(null, "", `#${addressOf(history.now)}`), 60);
  }

  function take(network, measured) {
    if (network !== live.network) return;
    if (failed) tell("");
    failed = false;
    const afresh = pictured !== network;
    const before = afresh ? null : picture.measured;
    picture = pictureOf(measured, subjects.get(network));
    pictured = network;
    if (JSON.stringify([network, measured.choice]) === asked) byId("pictures").removeAttribute("aria-busy");
    if (before !== null && measured.classes !== null) planes.flash(changedClass(before, measured, picture.shown));
    planes.take(picture, afresh);
    show();
  }

  function show() {
    const { measured, subject, rampEnd } = picture;
    const split = splitAt(measured, subject, live.probe);
    planes.draw(picture, live, split, colours);
    showFigures(measured, subject, live, rampEnd);
    if (live.tab === "point") showPoint(measured, split, live.probe, colours);
    if (live.tab === "weight") weights.show();
  }

  function fail(error) {
    failed = true;
    byId("pictures").removeAttribute("aria-busy");
    tell(`It cannot be shown: ${error.message}`);
  }

  function tell(words) {
    byId("message").textContent = words;
    byId("message").hidden = words === "";
  }

  const page = {
    subjects,
    videos,
    choose,
    now: () => ({ state: live, subject: subjects.get(live.network) }),
    measured: () => picture.measured,
    ask: (key, choice) => engine.once(key, subjects.get(key), choice),
    undo: () => jump(undone(history)),
    redo: () => jump(redone(history)),
    reset: () => choose({ ...START, network: subjects.keys().next().value }),
    tell,
    add(subject, source) {
      subjects.set(subject.name, subject);
      engine.sources.set(subject.name, source);
      listNetworks();
      guide.refresh();
      choose({ network: subject.name, bits: null, changes: [] });
    },
  };

  function listNetworks() {
    byId("network").replaceChildren(...[...subjects.values()].map(({ name, network }) => {
      const shape = [network.weights[0].columns, ...network.weights.map(({ rows }) => rows)].join("-");
      return made("option", { value: name }, `${name} (${shape.length > 14 ? `${network.weights.length} layers` : shape})`);
    }));
  }

  function dress(theme) {
    document.documentElement.dataset.theme = theme;
    colours = coloursOf(document.documentElement);
    if (picture !== null) show();
  }

  const guide = guideOf(page);
  const weights = weightPanelOf(page);
  const planes = planesOf(page);
  const light = matchMedia("(prefers-color-scheme: light)");
  dress(light.matches ? "light" : "dark");
  light.addEventListener("change", () => dress(light.matches ? "light" : "dark"));
  byId("theme").addEventListener("click", () => dress(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  window.addEventListener("hashchange", () => jump(pushed(history, fitting(stateOf(location.hash)))));
  listNetworks();
  showKey();
  bindControls(page);
  bindNetworks(page);
  guide.refresh();
  refresh();
}

begin();

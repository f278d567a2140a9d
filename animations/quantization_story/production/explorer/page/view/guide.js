/** The guided questions: one at a time, its answer behind a button. */

import { byId, made } from "./dom.js";
import { stepsFor } from "./steps.js";

/**
 * @param {object} page  subjects, videos (addresses by scene), choose(patch), and ask(key, choice): a promise
 */
export function guideOf(page) {
  let steps = [];
  let shownStep = null;
  const answered = new Set();

  function refresh() {
    steps = stepsFor(page.subjects);
    byId("step-dots").setAttribute("aria-label", `${steps.length} questions`);
    byId("step-dots").replaceChildren(...steps.map((step, k) => {
      const label = `Question ${k + 1}: ${step.question}`;
      return made("li", {}, made("button", { type: "button", "aria-label": label, onclick: () => go(k) }, String(k + 1)));
    }));
    shownStep = null;
  }

  /** Begin a question: the page gets the choices that it starts with. */
  function go(k) {
    const { network, start } = steps[k];
    const bits = start.bits ?? null;
    page.choose({ correction: "none", rounding: "nearest", changes: [], ...start, network, bits, step: k + 1, tab: "steps" });
  }

  function show(number) {
    const k = Math.min(number, steps.length) - 1;
    [...byId("step-dots").querySelectorAll("button")].forEach((button, place) => {
      if (place === k) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
      button.classList.toggle("answered", answered.has(place));
    });
    if (shownStep === k) return;
    shownStep = k;
    byId("step-question").textContent = steps[k].question;
    byId("step-task").textContent = steps[k].task;
    byId("step-back").disabled = k === 0;
    byId("step-next").disabled = k === steps.length - 1;
    hideAnswer();
  }

  function hideAnswer() {
    byId("step-answer").hidden = true;
    byId("step-reveal").hidden = false;
    byId("step-reveal").disabled = false;
    byId("step-reveal").textContent = "Show the answer";
    byId("step-reveal").setAttribute("aria-expanded", "false");
  }

  async function reveal() {
    const k = shownStep;
    const step = steps[k];
    const subject = page.subjects.get(step.network);
    const story = {
      bits: subject.bits, perChannel: subject.perChannel, amount: 1, rounding: "nearest", changes: [], correction: "none",
    };
    byId("step-reveal").textContent = "Measuring…";
    byId("step-reveal").disabled = true;
    const { says, offer } = await step.answer({ subject, story, measure: (choice) => page.ask(step.network, choice) });
    if (shownStep !== k) return;
    answered.add(k);
    const box = byId("step-answer");
    box.replaceChildren(...says.map((words) => made("p", {}, words)), ...offered(offer), source(step.scene));
    box.hidden = false;
    byId("step-reveal").hidden = true;
    byId("step-reveal").setAttribute("aria-expanded", "true");
    box.tabIndex = -1;
    box.focus({ preventScroll: true });
    show(k + 1);
  }

  function offered(offer) {
    if (offer === undefined) return [];
    return [made("button", { type: "button", onclick: () => page.choose(offer.choose) }, offer.words)];
  }

  function source(scene) {
    const address = page.videos[scene];
    if (address) return made("p", {}, made("a", { href: address, target: "_top" }, "Watch the video"));
    return made("p", { class: "lead" }, "In the video ", made("code", {}, scene));
  }

  byId("step-reveal").addEventListener("click", reveal);
  byId("step-back").addEventListener("click", () => go(shownStep - 1));
  byId("step-next").addEventListener("click", () => go(shownStep + 1));
  return { refresh, show };
}

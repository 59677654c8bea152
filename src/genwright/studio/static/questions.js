// A question as radio buttons with every answer and what it does; of many answers a list. An answer is written at once.

import { doing, make, rich } from "./parts.js";

const MOST_RADIOS = { question: 6, role: 3 };
let number = 0; // of groups of radio buttons on a page

// chosen: the label of the answer that counts now. act: (label) -> a promise.
export function questionOf({ about, answers, isRole }, chosen, act) {
  const key = (label) => `${about}: ${label}`;
  const legend = make("legend", {}, rich(about));
  if (answers.length === 1) return make("section", { class: "card question" }, make("p", {}, make("strong", {}, rich(about))), make("p", { class: "soft" }, answers[0].effect, " To change that, correct the file and bring it again."));
  if (answers.length > MOST_RADIOS[isRole ? "role" : "question"]) {
    if (isRole) legend.classList.add("role");
    const options = answers.map(({ label }) => make("option", { value: label }, label));
    const list = make("select", { "aria-label": about, "data-key": about, onchange: doing((event) => act(event.target.value)) }, options);
    list.value = chosen;
    return make("fieldset", { class: "card question" }, legend, list);
  }
  const group = `question-${number++}`;
  const one = ({ label, effect }) => {
    const radio = make("input", { type: "radio", name: group, value: label, checked: label === chosen, "data-key": key(label), onchange: doing(() => act(label)) });
    return make("label", { class: "choice" }, radio, make("span", {}, rich(label), effect ? make("small", { class: "soft" }, rich(effect)) : ""));
  };
  return make("fieldset", { class: "card question" }, legend, answers.map(one));
}

// What samples are asked to be: a field for each variable that the model is given. An empty field leaves it open.

import { ask, doing, field, make } from "./parts.js";

class Given extends HTMLElement {
  connectedCallback() {
    this.className = "row";
    doing(() => this.load())();
  }

  async load() {
    const known = await ask("GET", `/api/models/${this.getAttribute("of")}/conditions`);
    this.inputs = new Map(known.map(({ name, values }) => [name, this.input(values)]));
    this.replaceChildren(...[...this.inputs].map(([name, input]) => field(name, input)));
  }

  input(values) {
    if (!values.length) return make("input", { placeholder: "any", autocomplete: "off", size: 36 });
    return make("select", {}, [make("option", { value: "" }, "any"), ...values.map((value) => make("option", { value }, value))]);
  }

  // What a person chose, of the variables that this model knows.
  get value() {
    return Object.fromEntries([...(this.inputs || [])].map(([name, input]) => [name, input.value]).filter(([, value]) => value));
  }
}

customElements.define("studio-given", Given);

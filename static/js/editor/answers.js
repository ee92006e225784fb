// Choices about the whole text, and what a model suggests as their answer.

import { choicesOf, confidenceOf } from "./regions.js";

export class Answers {
  constructor(editing) {
    this.editing = editing;
    this.fields = [...document.querySelectorAll("[data-choices]")].map((element) => ({
      element,
      control: editing.config.choices.find(({ control }) => control === element.dataset.choices),
    }));
    for (const field of this.fields) field.element.addEventListener("change", () => this.#given(field));
    editing.watch((_, shown) => shown && this.show());
  }

  #given({ element, control }) {
    const select = element.querySelector("select");
    const values = select ? [select.value].filter(Boolean) : [...element.querySelectorAll("input:checked")].map((input) => input.value);
    this.editing.change(this.editing.edits.choose(control, values), `${control.control}: ${values.join(", ") || "none"}`);
  }

  // By a hotkey; a single one that was chosen already is taken back.
  toggle(control, value) {
    const given = this.editing.edits.answer(control);
    const now = given ? choicesOf(given) : [];
    const rest = now.filter((name) => name !== value);
    const values = control.multiple ? (rest.length === now.length ? [...now, value] : rest) : rest.length === now.length ? [value] : [];
    this.editing.change(this.editing.edits.choose(control, values), `${control.control}: ${values.join(", ") || "none"}`);
  }

  show() {
    const open = this.editing.showsSuggestions ? this.editing.suggestions.openAnswers(this.editing.regions) : [];
    for (const { element, control } of this.fields) {
      const given = this.editing.edits.answer(control);
      const chosen = given ? choicesOf(given) : [];
      const select = element.querySelector("select");
      if (select) select.value = chosen[0] || "";
      for (const input of element.querySelectorAll("input")) input.checked = chosen.includes(input.value);
      this.#suggest(element.querySelector("[data-suggested]"), open.find((region) => region.from_name === control.control));
    }
  }

  #suggest(place, region) {
    if (!region) return place.replaceChildren();
    // Where something was suggested its line stays, so that accepting moves nothing.
    place.hidden = false;
    const confidence = confidenceOf(region);
    const words = `? suggested: ${choicesOf(region).join(", ")}${confidence === null ? "" : ` ${confidence.toFixed(2)}`} `;
    const lacks = this.editing.config.lacking(region).length > 0;
    place.replaceChildren(words, lacks ? "not in the Labeling Config" : "");
    if (!this.editing.mayEdit || lacks) return undefined;
    const accept = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Accept" });
    accept.addEventListener("click", () => this.editing.acceptAnswer(region));
    return place.append(accept);
  }
}

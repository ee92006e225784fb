// Which prediction is offered, how sure its models must be, and how many suggestions that leaves.

import { fetched } from "./server.js";
import { alone, notInConfig } from "./suggestions.js";

export class Offers {
  constructor(editing, trouble) {
    Object.assign(this, { editing, trouble });
    this.thresholds = document.getElementById("thresholds");
    this.count = document.getElementById("suggestion-count");
    this.facts = document.getElementById("prediction-facts");
    this.select = document.getElementById("prediction");
    this.select?.addEventListener("change", () => this.#load(this.select.value));
    editing.watch((_, shown) => shown && this.show());
    this.#sliders();
  }

  async #load(id) {
    const { status, body } = await fetched(this.editing.data.urls.prediction.replace(/\/0\/$/, `/${id}/`));
    if (status !== 200) {
      return this.trouble.show("prediction", body.error || "That prediction could not be read. Reload the page.", [["Close", () => this.trouble.clear("prediction")]]);
    }
    this.editing.offer(body);
    const when = new Date(body.created_at).toLocaleString();
    this.facts.textContent = `${when}${body.score === null ? "" : `, mean confidence ${body.score.toFixed(2)}`}`;
    this.#sliders();
    this.editing.refresh();
    return this.editing.say(`Prediction by ${body.model_version}`);
  }

  #sliders() {
    if (!this.thresholds) return;
    this.thresholds.replaceChildren(
      ...this.editing.suggestions.models.map(({ name, least }) => {
        const label = document.createElement("label");
        const words = Object.assign(document.createElement("span"), { textContent: name });
        const input = Object.assign(document.createElement("input"), { type: "range", min: "0", max: "1", step: "0.01", value: String(least) });
        input.setAttribute("aria-label", `Least confidence of ${name}`);
        const shown = Object.assign(document.createElement("output"), { className: "number", textContent: `≥ ${least.toFixed(2)}` });
        input.addEventListener("input", () => {
          this.editing.suggestions.least.set(name, Number(input.value));
          shown.textContent = `≥ ${Number(input.value).toFixed(2)}`;
          this.editing.refresh();
        });
        label.append(words, input, shown);
        return label;
      }),
    );
  }

  show() {
    const { editing } = this;
    const regions = editing.display.entries.filter((entry) => !entry.own).map(({ group }) => group);
    const answers = editing.suggestions.openAnswers(editing.regions);
    const open = regions.length + answers.filter(({ from_name }) => editing.config.types.has(from_name)).length;
    const { taken, lacking } = editing.suggestions.copyable([...regions, ...answers.map(alone)]);
    const doubtful = editing.display.conflicts;
    const unfit = editing.mayEdit && lacking.length ? `; ${lacking.length} can't be copied: ${notInConfig(lacking)}` : "";
    const words = `${open.toLocaleString("en")} suggestion${open === 1 ? "" : "s"} shown${doubtful ? `, ≠ ${doubtful} where models disagree` : ""}${unfit}`;
    if (this.count && this.count.textContent !== words) this.count.textContent = words;
    const copy = document.querySelector('[data-do="copy"]');
    if (copy) copy.disabled = !taken.length;
    const all = document.querySelector('[data-do="accept-all"]');
    if (all) all.disabled = false;
  }
}

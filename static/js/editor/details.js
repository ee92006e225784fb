// The current region: what is said of it, and everything that can be done with it by a click.

import { described } from "./display.js";
import { choicesOf, isRelation } from "./regions.js";

const make = (tag, fields = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...children);
  return element;
};

export class Details {
  constructor(element, editing, relating) {
    Object.assign(this, { element, editing, relating });
    this.relations = document.getElementById("relations");
    editing.watch(() => this.show());
  }

  show() {
    const { current, mayEdit, regions } = this.editing;
    this.#showRelations();
    const signature = current && JSON.stringify([current.number, current.suffix, current.text, current.note, current.region, this.relating.from?.id]);
    if (signature === this.shown) return;
    this.shown = signature;
    // The field that is being written in stays as it is.
    if (this.writing) return;
    const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.field;
    this.element.replaceChildren(...(current ? this.#parts(current, mayEdit, regions) : [make("p", { className: "muted", textContent: "No region chosen." })]));
    if (focused) this.element.querySelector(`[data-field="${CSS.escape(focused)}"]`)?.focus();
  }

  #parts(entry, mayEdit) {
    const title = make("p", { className: "region-title" }, make("span", { className: `label-chip c${entry.colour}`, textContent: entry.label }), ` ${entry.text.slice(0, 200)}`);
    const facts = make("p", { className: "muted region-facts", textContent: described(entry) });
    if (!mayEdit) return [title, facts];
    return [title, facts, this.#buttons(entry), ...this.#fields(entry)];
  }

  #buttons(entry) {
    const { editing } = this;
    const button = (words, field, act) => {
      const made = make("button", { type: "button", className: "button small", textContent: words });
      made.dataset.field = field;
      made.addEventListener("click", act);
      return made;
    };
    const buttons = entry.own
      ? [button("Delete", "remove", () => editing.remove(entry))]
      : [
          ...(entry.unknown ? [] : [button("Accept", "accept", () => editing.accept(entry))]),
          button("Reject", "remove", () => editing.reject(entry)),
        ];
    if (entry.own && editing.config.relations.length) {
      const begun = this.relating.from;
      buttons.push(
        begun && begun.id !== entry.region.id
          ? button("Relation ends here", "relate", () => this.relating.end(entry))
          : button(begun ? "Relation begun: choose its end" : "Begin a relation", "relate", () => this.relating.toggle(entry)),
      );
    }
    return make("div", { className: "actions" }, ...buttons);
  }

  #fields(entry) {
    const { editing } = this;
    if (!entry.own && entry.unknown) return [];
    const fields = [];
    if (editing.config.statuses.length) fields.push(this.#status(entry));
    if (!entry.own) return fields;
    for (const control of editing.config.perRegion) fields.push(...this.#choices(entry, control));
    const note = make("input", { type: "text", value: entry.note, maxLength: 1000 });
    note.dataset.field = "note";
    const take = () => {
      clearTimeout(this.timer);
      const now = editing.display.entries.find(({ region }) => region.id === entry.region.id) ?? entry;
      if (now.note === note.value.trim()) return;
      this.writing = note === document.activeElement;
      editing.change(editing.edits.regionNote(now.group, note.value.trim()), `note on ${entry.text}`);
      this.writing = false;
    };
    note.addEventListener("change", take);
    note.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(take, 1_000);
    });
    fields.push(make("label", { className: "region-field" }, make("span", { textContent: "Note" }), note));
    return fields;
  }

  #status(entry) {
    const { editing } = this;
    const now = entry.group.statuses[0];
    const select = make("select");
    select.dataset.field = "status";
    select.append(new Option("none", ""));
    editing.config.statuses.forEach((label, place) => {
      const chosen = now?.from_name === label.control && now.value.labels[0] === label.value;
      select.append(new Option(label.value, String(place), chosen, chosen));
    });
    select.addEventListener("change", () => editing.setStatus(entry, select.value === "" ? null : editing.config.statuses[Number(select.value)]));
    return make("label", { className: "region-field" }, make("span", { textContent: "Status" }), select);
  }

  #choices(entry, control) {
    const { editing } = this;
    const given = editing.edits.answer(control, entry.group);
    const chosen = given ? choicesOf(given) : [];
    const select = make("select", { multiple: control.multiple });
    select.dataset.field = `choices ${control.control}`;
    if (!control.multiple) select.append(new Option("none", ""));
    for (const { value, path } of control.options) {
      select.append(new Option(path.join(" / "), value, chosen.includes(value), chosen.includes(value)));
    }
    select.addEventListener("change", () => {
      const values = [...select.selectedOptions].map((option) => option.value).filter(Boolean);
      editing.change(editing.edits.choose(control, values, entry.group), `${control.control}: ${values.join(", ") || "none"}`);
    });
    const field = make("label", { className: "region-field" }, make("span", { textContent: control.control }), select);
    if (!control.header) return [field];
    const header = make("p", { id: `header ${control.control}`.replace(/\s/g, "-"), textContent: control.header });
    select.setAttribute("aria-describedby", header.id);
    return [header, field];
  }

  #showRelations() {
    const { editing } = this;
    const offered = editing.showsSuggestions && !editing.mayEdit ? editing.suggestions.prediction?.result.filter(isRelation) || [] : [];
    const all = [...editing.regions.relations, ...offered];
    const texts = new Map(editing.display.entries.map((entry) => [String(entry.region.id), entry]));
    const signature = JSON.stringify([all, all.map((one) => [texts.get(String(one.from_id))?.text, texts.get(String(one.to_id))?.text])]);
    if (signature === this.shownRelations) return;
    this.shownRelations = signature;
    document.getElementById("relations-section").hidden = !all.length;
    this.relations.replaceChildren(...all.map((relation) => this.#relation(relation, texts)));
  }

  #relation(relation, texts) {
    const { editing } = this;
    const [from, to] = [relation.from_id, relation.to_id].map((id) => texts.get(String(id))?.text ?? "a region that is gone");
    const arrow = { left: "←", bi: "↔" }[relation.direction] || "→";
    const words = `${from} ${arrow} ${to}`;
    const line = make("li", {}, words, make("span", { className: "muted", textContent: ` ${(relation.labels || []).join(", ") || "related"} ` }));
    if (editing.mayEdit) {
      const remove = make("button", { type: "button", className: "link", textContent: "Remove", ariaLabel: `Remove the relation ${words}` });
      remove.addEventListener("click", () => editing.change(editing.edits.unrelate(relation), `removed the relation ${words}`));
      line.append(remove);
    }
    return line;
  }
}

// A relation is begun on one region and ended on another; only what the config allows is offered.
export class Relating {
  constructor(editing) {
    this.editing = editing;
    this.from = null;
  }

  toggle(entry) {
    if (this.from && this.from.id !== entry.region.id) return this.end(entry);
    this.from = this.from ? null : entry.region;
    this.editing.retell();
    return this.editing.say(this.from ? `Relation begun on ${entry.text}. Choose the region where it ends, and press the key again.` : "No relation begun.");
  }

  end(entry) {
    const { editing } = this;
    const begun = editing.display.find(true, this.from.id);
    this.from = null;
    editing.retell();
    if (!begun) return editing.say("The region where the relation began is gone.");
    const names = editing.config.relationsBetween(begun.labels, entry.labels);
    if (!names.length) return editing.say(`The Labeling Config allows no relation from ${begun.label} to ${entry.label}.`);
    // Several may be allowed: beginning again on the same two goes on to the next one.
    const had = editing.regions.relations.filter((one) => one.from_id === String(begun.region.id) && one.to_id === String(entry.region.id));
    const used = had.flatMap((one) => one.labels || []);
    const isUsed = ({ value }) => used.includes(value);
    const next = [...names.slice(names.findLastIndex(isUsed) + 1), ...names].find((name) => !isUsed(name));
    if (!next) return editing.say(`There already: ${begun.text} ${used.join(", ")} ${entry.text}`);
    const changes = [...had.map((one) => editing.edits.unrelate(one)).flat(), ...editing.edits.relate(begun.region, entry.region, next)];
    return editing.change(changes, `${begun.text} ${next.value} ${entry.text}`);
  }

  cancel() {
    if (!this.from) return false;
    this.from = null;
    this.editing.retell();
    return true;
  }
}

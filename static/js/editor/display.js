// What is to be seen of a completion and of what is suggested, in the order of the text, outer regions first.

import { choicesOf, confidenceOf, grouped, labelsOf } from "./regions.js";

export const ordered = (one, other) => one.start - other.start || other.end - one.end || one.number - other.number;

export class Display {
  constructor(config, text) {
    Object.assign(this, { config, text });
    // Numbers stay with their regions, so that a change paints only what it touches.
    this.numbers = new Map();
    this.entries = [];
    this.made = new WeakMap();
  }

  update(regions, suggestions, withSuggestions) {
    const own = grouped(regions.result, this.config.kindOf).map((group) => this.#entry(group, true, false));
    const open = withSuggestions ? suggestions.open(regions) : [];
    const doubtful = suggestions.conflicts(open);
    const suggested = open.map((group) => this.#entry(group, false, doubtful.has(group)));
    const inside = ({ start, end }) => start >= 0 && start < end && end <= this.text.length;
    this.entries = [...own, ...suggested].filter(inside).sort(ordered);
    for (const entry of this.entries) entry.number ||= this.#number(entry.key);
    this.byNumber = new Map(this.entries.map((entry) => [entry.number, entry]));
    this.conflicts = doubtful.size;
  }

  #number(key) {
    if (!this.numbers.has(key)) this.numbers.set(key, this.numbers.size + 1);
    return this.numbers.get(key);
  }

  // What looks the same stays the same object, so that thousands of unchanged ones cost next to nothing.
  #entry(group, own, conflict) {
    const before = this.made.get(group.region);
    const same = (some, others) => some.length === others.length && some.every((one, place) => one === others[place]);
    if (
      before?.own === own && before.conflict === conflict && same(before.group.statuses, group.statuses) && same(before.group.choices, group.choices)
    ) {
      return before;
    }
    const made = this.#make(group, own, conflict);
    this.made.set(group.region, made);
    return made;
  }

  #make(group, own, conflict) {
    const { region } = group;
    const labels = region.type === "choices" ? choicesOf(region) : labelsOf(region);
    const about = [...group.statuses.flatMap(labelsOf), ...group.choices.flatMap(choicesOf)];
    const label = labels.join(", ") || "no label";
    const unknown = this.config.lacking(region).length > 0;
    const suffix = [own ? "" : conflict ? "≠?" : "?", label, ...about.map((name) => `(${name})`)].filter(Boolean).join(" ");
    const { start, end } = region.value;
    const colour = this.config.colour(region.from_name, labels[0]);
    return {
      key: `${own ? "own" : "suggested"} ${region.id} ${own ? "" : region.from_name}`, group, region, own, conflict, unknown, label, labels,
      about, suffix, start, end, text: this.text.slice(start, end), colour, look: `${start} ${end} ${colour} ${suffix}`, confidence: confidenceOf(region), model: region.model || "",
      note: (region.meta?.text || []).join("\n"), number: 0,
    };
  }

  find(own, id) {
    return this.entries.find((entry) => entry.own === own && String(entry.region.id) === String(id));
  }
}

// One line for tips and for screen readers.
export const described = (entry) => {
  const source = [entry.model, entry.region.model_version].filter(Boolean).join(" ");
  const words = [
    entry.label,
    ...entry.about,
    entry.own ? { prediction: "accepted from a model", "prediction-changed": "changed after a model" }[entry.region.origin] || "" : "suggestion",
    entry.conflict ? "models disagree" : "",
    entry.unknown ? "not in the Labeling Config" : "",
    source,
    entry.confidence === null ? "" : entry.confidence.toFixed(2),
    entry.note ? `note: ${entry.note}` : "",
  ];
  return words.filter(Boolean).join(" · ");
};

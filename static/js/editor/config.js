// What the Labeling Config lets people say.

import { isRelation, isSpan, labelsOf } from "./regions.js";

export class Config {
  constructor(given) {
    Object.assign(this, given);
    this.byName = new Map(this.labels.map((label) => [`${label.control} ${label.value}`, label]));
    this.others = new Map(this.other_labels.map((label) => [`${label.control} ${label.value}`, label]));
    this.kinds = new WeakMap();
    this.types = new Map([...this.labels.map(({ control }) => [control, "labels"]), ...this.choices.map(({ control }) => [control, "choices"])]);
    // What has an alias is taken under its value, too.
    const named = (control, { value, also }) => [`${control} ${value}`, `${control} ${also}`];
    this.names = new Set([
      ...this.labels.flatMap((label) => named(label.control, label)),
      ...this.choices.flatMap(({ control, options }) => options.flatMap((option) => named(control, option))),
    ]);
    this.lacks = new WeakMap();
    this.texts = new Map([...this.labels, ...this.choices].map(({ control, to }) => [control, to]));
    this.statuses = this.labels.filter((label) => label.assertion);
    this.perRegion = this.choices.filter((control) => control.per_region);
    this.forText = this.choices.filter((control) => !control.per_region);
  }

  label(control, value) {
    return this.byName.get(`${control} ${value}`);
  }

  // What a region is to be shown as: "span", "about" (a status or a choice of another region), or "" for neither.
  kindOf = (region) => {
    if (!this.kinds.has(region)) this.kinds.set(region, this.#kind(region));
    return this.kinds.get(region);
  };

  #kind(region) {
    if (isRelation(region) || !isSpan(region)) return "";
    const isStatus = labelsOf(region).some((label) => this.label(region.from_name, label)?.assertion);
    return region.type === "choices" || isStatus ? "about" : "span";
  }

  // What a region says that the config doesn't have: labels, choices or relations; its control where that is gone.
  lacking = (region) => {
    if (!this.lacks.has(region)) this.lacks.set(region, this.#lacking(region));
    return this.lacks.get(region);
  };

  #lacking(region) {
    if (isRelation(region)) return (region.labels || []).filter((name) => !this.relations.some(({ value }) => value === name));
    if (this.types.get(region.from_name) !== region.type) return [region.from_name];
    // It would be copied to where nobody sees it.
    const asked = region.type === "choices" && (isSpan(region) ? this.perRegion : this.forText);
    if (asked && !asked.some(({ control }) => control === region.from_name)) {
      return [`${region.from_name} for ${isSpan(region) ? "a region" : "the whole text"}`];
    }
    const said = [...labelsOf(region), ...(region.value?.choices || []).flat()];
    return said.filter((name) => !this.names.has(`${region.from_name} ${name}`));
  }

  colour(control, value) {
    return (this.label(control, value) || this.others.get(`${control} ${value}`))?.colour ?? 0;
  }

  // Names of the relations that may go from a region with these labels to one with those.
  relationsBetween(from, to) {
    return this.relations.filter(({ allowed }) => {
      if (!allowed.length) return true;
      return allowed.some((pair) => {
        const both = pair.includes("<>");
        const [left, right] = pair.split(both ? "<>" : ">").map((name) => name.trim());
        const fits = (first, second) => from.includes(first) && to.includes(second);
        return fits(left, right) || (both && fits(right, left));
      });
    });
  }
}

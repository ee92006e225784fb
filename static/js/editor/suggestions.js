// What of a prediction is still undecided, how sure its models are, and where they contradict each other.

import { asideKey, choicesOf, confidenceOf, grouped, isRelation, isSpan, labelsOf } from "./regions.js";

// The same for two regions that say the same of the same place.
const signs = new WeakMap();
const sign = (region) => {
  if (!signs.has(region)) {
    signs.set(region, `${region.from_name} ${region.value.start} ${region.value.end} ${labelsOf(region)} ${choicesOf(region)}`);
  }
  return signs.get(region);
};

export class Suggestions {
  constructor(prediction, config) {
    Object.assign(this, { prediction, config });
    this.groups = prediction ? grouped(prediction.result, config.kindOf) : [];
    this.answers = prediction ? prediction.result.filter((region) => region.type === "choices" && !isSpan(region)) : [];
    this.least = new Map();
    this.rivals = rivalsOf(this.groups);
  }

  modelOf(region) {
    return region.model || "prediction";
  }

  // Names of the models, each with the confidence below which its regions are hidden (0..1).
  get models() {
    const named = this.groups.map(({ region }) => region).concat(this.answers).filter((region) => confidenceOf(region) !== null);
    return [...new Set(named.map((region) => this.modelOf(region)))].map((name) => ({ name, least: this.least.get(name) ?? 0 }));
  }

  isSure(region) {
    const confidence = confidenceOf(region);
    return confidence === null || confidence >= (this.least.get(this.modelOf(region)) ?? 0);
  }

  #decided(regions) {
    const linked = new Set();
    const same = new Set();
    for (const region of regions.result) {
      if (isRelation(region)) continue;
      if (region.prediction === this.prediction.id) linked.add(String(region.prediction_region));
      if (isSpan(region)) same.add(sign(region));
    }
    return (region) =>
      linked.has(String(region.id)) ||
      (isSpan(region) && same.has(sign(region))) ||
      regions.items.has(asideKey({ prediction: this.prediction.id, region: String(region.id) }));
  }

  // Groups that are neither accepted nor rejected, sure enough to be shown.
  open(regions) {
    if (!this.prediction) return [];
    const decided = this.#decided(regions);
    return this.groups.filter(({ region }) => this.isSure(region) && !decided(region));
  }

  // Those of the open groups that contradict another open one.
  conflicts(open) {
    if (!this.rivals.size) return new Set();
    const shown = new Set(open);
    return new Set(open.filter((group) => this.rivals.get(group)?.some((rival) => shown.has(rival))));
  }

  // Answers about the whole text that nobody took or refused, and whose question nobody answered.
  openAnswers(regions) {
    if (!this.prediction) return [];
    const decided = this.#decided(regions);
    const answered = new Set(regions.result.filter((region) => region.type === "choices" && !isSpan(region)).map((one) => one.from_name));
    return this.answers.filter((region) => this.isSure(region) && !decided(region) && !answered.has(region.from_name));
  }

  // What of these groups the config takes, and of each thing that is left out the names that the config lacks.
  copyable(groups) {
    const lacking = [];
    const fits = (region) => {
      const names = this.config.lacking(region);
      if (names.length) lacking.push(names);
      return !names.length;
    };
    const fitting = groups.filter(({ region }) => fits(region));
    const taken = fitting.map(({ region, statuses, choices }) => ({ region, statuses: statuses.filter(fits), choices: choices.filter(fits) }));
    return { taken, lacking };
  }
}

// An answer about the whole text, as the group that regions are.
export const alone = (region) => ({ region, statuses: [], choices: [] });

const MOST_NAMES = 5;

export const notInConfig = (lacking) => {
  const names = [...new Set(lacking.flat())];
  return `the Labeling Config doesn't have ${names.slice(0, MOST_NAMES).join(", ")}${names.length > MOST_NAMES ? " …" : ""}`;
};

// For each group that overlaps another one that says something else: those others.
const rivalsOf = (groups) => {
  const ordered = [...groups].sort((one, other) => one.region.value.start - other.region.value.start);
  const rivals = new Map();
  const join = (one, other) => rivals.set(one, [...(rivals.get(one) || []), other]);
  let active = [];
  for (const group of ordered) {
    const { value, from_name } = group.region;
    active = active.filter((other) => other.region.value.end > value.start);
    for (const other of active) {
      if (other.region.from_name === from_name && labelsOf(other.region).join() === labelsOf(group.region).join()) continue;
      join(group, other);
      join(other, group);
    }
    active.push(group);
  }
  return rivals;
};

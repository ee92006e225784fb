// All that one completion holds, by key: regions, statuses, choices, relations, what was set aside, and the note.
// Nothing is changed in place: a change names a key with what stood there and what stands there now, null for nothing.

export const NOTE = "note";

export const confidenceOf = (region) => {
  for (const given of [region.value?.confidence, region.score]) {
    const number = typeof given === "string" && given.trim() ? Number(given) : given;
    if (typeof number === "number" && Number.isFinite(number)) return Math.min(Math.max(number, 0), 1);
  }
  return null;
};

export const isSpan = (region) => Number.isInteger(region.value?.start) && Number.isInteger(region.value?.end);
export const isRelation = (region) => region.type === "relation";
export const choicesOf = (region) =>
  (region.value?.choices || []).map((choice) => String(Array.isArray(choice) ? choice.at(-1) : choice));
export const labelsOf = (region) => (region.value?.labels || []).map(String);
export const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return [...bytes].map((byte) => (byte % 36).toString(36)).join("");
};

export const regionKey = (region) =>
  isRelation(region)
    ? `relation ${region.from_id} ${region.to_id} ${(region.labels || []).join("|")}`
    : `region ${region.id} ${region.from_name}`;
// The database keeps fields in an order of its own.
const inOrder = (_, value) => (value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value);
export const written = (item) => JSON.stringify(item, inOrder);
export const asideKey = (aside) => `aside ${aside.prediction} ${aside.region}`;

// Regions with their statuses and their own choices, as one thing each: {region, statuses, choices}.
// kindOf: "span" for what stands for itself, "about" for what is said of another region.
export const grouped = (regions, kindOf) => {
  const groups = new Map();
  const about = [];
  const all = [];
  for (const region of regions) {
    const kind = kindOf(region);
    if (kind === "about") about.push(region);
    if (kind !== "span") continue;
    const group = { region, statuses: [], choices: [] };
    groups.set(String(region.id), group);
    all.push(group);
  }
  const places = new Map();
  if (about.length) {
    for (const group of [...all].reverse()) places.set(`${group.region.value.start} ${group.region.value.end}`, group);
  }
  for (const region of about) {
    const id = region.type === "choices" ? region.id : region.parentID;
    const group = groups.get(String(region.parentID ?? id)) || places.get(`${region.value.start} ${region.value.end}`);
    if (!group) all.push({ region, statuses: [], choices: [] });
    else if (region.type === "choices") group.choices.push(region);
    else group.statuses.push(region);
  }
  return all;
};

export class Regions {
  constructor() {
    this.items = new Map();
  }

  // What came from the server or from this browser's store, offsets already in UTF-16 units.
  load(result, setAside, note) {
    this.items = Regions.itemsOf(result, setAside, note);
    this.listed = null;
  }

  static itemsOf(result, setAside, note) {
    const items = new Map();
    for (const region of result) {
      let key = regionKey(region);
      while (items.has(key)) key += " again";
      items.set(key, region);
    }
    for (const aside of setAside) items.set(asideKey(aside), aside);
    if (note) items.set(NOTE, note);
    return items;
  }

  // Regions and relations, in the order in which they came.
  get result() {
    if (!this.listed) {
      this.listed = [];
      for (const [key, item] of this.items) if (key[0] === "r") this.listed.push(item);
    }
    return this.listed;
  }

  get setAside() {
    return [...this.items].filter(([key]) => key.startsWith("aside ")).map(([, aside]) => aside);
  }

  get note() {
    return this.items.get(NOTE) || "";
  }

  get relations() {
    return this.result.filter(isRelation);
  }

  change(key, after) {
    return { key, before: this.items.get(key) ?? null, after };
  }

  // All changes that turn this into other items.
  changesTo(items) {
    const keys = new Set([...this.items.keys(), ...items.keys()]);
    return [...keys]
      .map((key) => this.change(key, items.get(key) ?? null))
      .filter(({ before, after }) => written(before) !== written(after));
  }

  apply(changes) {
    this.listed = null;
    for (const { key, after } of changes) {
      if (after === null) this.items.delete(key);
      else this.items.set(key, after);
    }
  }
}

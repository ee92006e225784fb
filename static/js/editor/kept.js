// What could not be saved yet stays in this browser, per person, task and completion.

// Which items of a draft are as they were stored last, and which of those it took away.
export const sinceStored = (stored, items) => ({
  untouched: [...items].filter(([key, item]) => stored.get(key) === item).map(([key]) => key),
  removed: [...stored.keys()].filter((key) => !items.has(key)),
});

// Of a region its id, of a relation its ends.
const named = (key) => (key.startsWith("region ") ? key.slice(0, key.lastIndexOf(" ")) : key.split(" ", 3).join(" "));

// A draft's items where another Labeling Config was saved meanwhile: what it left alone is as it is stored now, with the
// names of now.
export const laidOn = (stored, items, { untouched, removed }) => {
  const laid = new Map(items);
  for (const key of untouched) laid.delete(key);
  const taken = new Set([...removed, ...laid.keys()]);
  const left = new Set(untouched);
  const vanished = (keys) => [...keys].filter((key) => !stored.has(key)).map(named);
  // A control or a relation that has another name now: what was taken away or changed under the old one. Where several
  // bore the same name there, it can't be told which of them it is, and nothing may get lost.
  const renamed = new Set(vanished(taken));
  for (const name of vanished(left)) renamed.delete(name);
  for (const [key, item] of stored) {
    if (!taken.has(key) && (left.has(key) || !renamed.has(named(key)))) laid.set(key, item);
  }
  return laid;
};

export class Kept {
  constructor(user, task, storage = window.localStorage) {
    this.prefix = `annotationlab draft ${user} ${task} `;
    this.storage = storage;
  }

  // completion: its id, null for one that the server doesn't know yet. False where the browser's store is full.
  put(completion, draft) {
    try {
      this.storage.setItem(this.prefix + (completion ?? "new"), JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }

  get(completion) {
    try {
      return JSON.parse(this.storage.getItem(this.prefix + (completion ?? "new")));
    } catch {
      return null;
    }
  }

  drop(completion) {
    try {
      this.storage.removeItem(this.prefix + (completion ?? "new"));
    } catch {
      // A browser that stores nothing has nothing to forget.
    }
  }
}

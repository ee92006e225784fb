// What could not be saved yet stays in this browser, per person, task and completion.

// Which items of a draft are as they were stored last, and which of those it took away.
export const sinceStored = (stored, items) => ({
  untouched: [...items].filter(([key, item]) => stored.get(key) === item).map(([key]) => key),
  removed: [...stored.keys()].filter((key) => !items.has(key)),
});

// A draft's items where another Labeling Config was saved meanwhile: what it left alone is as it is stored now, with the
// names of now.
export const laidOn = (stored, items, { untouched, removed }) => {
  const laid = new Map(items);
  for (const key of untouched) laid.delete(key);
  for (const [key, item] of stored) if (!laid.has(key) && !removed.includes(key)) laid.set(key, item);
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

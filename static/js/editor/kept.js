// What could not be saved yet stays in this browser, per person, task and completion.

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

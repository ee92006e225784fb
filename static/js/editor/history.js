// What was done and what was undone, without limit. A step is a list of changes: {key, before, after}.

export const reversed = (changes) =>
  [...changes].reverse().map(({ key, before, after }) => ({ key, before: after, after: before }));

export class History {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  add(changes, words) {
    this.done.push({ changes, words });
    this.undone = [];
  }

  // The step to apply, turned round; null where there is nothing to undo.
  undo() {
    const step = this.done.pop();
    if (!step) return null;
    this.undone.push(step);
    return { changes: reversed(step.changes), words: step.words };
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return null;
    this.done.push(step);
    return step;
  }
}

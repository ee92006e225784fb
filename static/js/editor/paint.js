// Regions on the text. Each block remembers what is painted on it, and is written anew only when that changes.

import { LANES, segmentsOf } from "./segments.js";

const looks = (entry) => `${entry.number} ${entry.look}\n`;

export class Painter {
  constructor(blocks) {
    this.blocks = blocks;
    this.current = null;
    this.waiting = new Set();
  }

  // entries: in the order of the text. Blocks out of sight may wait until the browser is idle.
  paint(entries) {
    const onBlock = new Map(this.blocks.all.map((block) => [block, []]));
    for (const entry of entries) {
      let place = entry.start;
      do {
        const block = this.blocks.at(place);
        onBlock.get(block).push(entry);
        place = block.end;
      } while (place < entry.end);
    }
    this.onBlock = onBlock;
    const changed = [];
    for (const [block, some] of onBlock) {
      const wanted = some.map(looks).join("");
      this.waiting.delete(block);
      if (wanted !== block.painted) changed.push({ block, some, wanted });
    }
    // All places are asked for before anything is written: each question after it would lay out the page anew.
    const near = changed.length > 1 ? changed.map(({ block }) => this.#isNear(block)) : [true];
    changed.forEach(({ block, some, wanted }, place) => {
      if (near[place]) this.#write(block, some, wanted);
      else this.waiting.add(block);
    });
    if (this.waiting.size) this.#later();
  }

  // Everything at once, for what asks for all of it.
  finish() {
    for (const block of this.waiting) this.#write(block, this.onBlock.get(block));
    this.waiting.clear();
  }

  #isNear({ element }) {
    const box = element.getBoundingClientRect();
    return box.bottom > -200 && box.top < innerHeight + 200;
  }

  #later() {
    if (this.scheduled) return;
    this.scheduled = true;
    const work = (deadline) => {
      this.scheduled = false;
      for (const block of this.waiting) {
        this.#write(block, this.onBlock.get(block));
        this.waiting.delete(block);
        if (deadline && deadline.timeRemaining() < 4) break;
      }
      if (this.waiting.size) this.#later();
    };
    if (window.requestIdleCallback) requestIdleCallback(work, { timeout: 500 });
    else setTimeout(work, 16);
  }

  #write(block, entries, wanted = entries.map(looks).join("")) {
    const text = this.blocks.text;
    const pieces = segmentsOf(block.start, block.end, entries);
    block.element.replaceChildren(
      ...pieces.map((piece) => (piece.covers.length ? this.#mark(piece, text) : text.slice(piece.start, piece.end))),
    );
    block.painted = wanted;
  }

  #mark({ start, end, covers }, text) {
    const mark = document.createElement("mark");
    // The innermost region gives the ground; every one keeps its line, dashed where it is only suggested.
    const inner = covers.reduce((one, { entry }) => (!one || entry.end - entry.start <= one.end - one.start ? entry : one), null);
    const names = [`b${inner.colour}`];
    for (const { entry, lane } of covers) {
      const line = Math.min(lane, LANES - 1);
      names.push(`u${line}-${entry.colour}`);
      if (!entry.own) names.push(`dashed-${line}`);
    }
    if (!inner.own) names.push("suggested");
    if (covers.some(({ entry }) => entry === this.current)) names.push("current");
    mark.className = names.join(" ");
    mark.dataset.regions = covers.map(({ entry }) => entry.number).join(" ");
    const closing = covers.filter(({ entry }) => entry.end === end).map(({ entry }) => entry.suffix);
    if (closing.length) mark.dataset.suffix = closing.reverse().join(" ");
    mark.append(text.slice(start, end));
    return mark;
  }

  marksOf(entry) {
    const block = this.blocks.at(entry.start);
    if (this.waiting.delete(block)) this.#write(block, this.onBlock.get(block));
    return [...this.blocks.element.querySelectorAll(`mark[data-regions~="${entry.number}"]`)];
  }

  // Shows which region is the current one, null for none.
  show(entry) {
    this.current = entry;
    for (const mark of this.blocks.element.querySelectorAll("mark.current")) mark.classList.remove("current");
    if (entry) for (const mark of this.marksOf(entry)) mark.classList.add("current");
  }

  reveal(entry) {
    const mark = this.marksOf(entry)[0];
    if (!mark) return;
    const box = mark.getBoundingClientRect();
    const inSight = box.top > 150 && box.bottom < innerHeight - 60;
    if (!inSight) mark.scrollIntoView({ block: "center" });
  }
}

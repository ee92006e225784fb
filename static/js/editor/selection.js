// What is selected in the text, by mouse, touch or keyboard, as places in the text (UTF-16 units).

import { wholeWords } from "./words.js";

export class Selected {
  constructor(blocks) {
    this.blocks = blocks;
    // Buttons that are tapped may take the page's selection away before they are heard.
    this.last = null;
    document.addEventListener("selectionchange", () => this.#remember());
    // Whoever presses elsewhere is through with it; labels and tools are for what is selected.
    document.addEventListener("pointerdown", ({ target }) => target.closest?.("#text, .editor-bar") || (this.last = null), { capture: true });
  }

  #remember() {
    const range = this.#range();
    if (range) this.last = range.start < range.end ? range : null;
  }

  #range() {
    const selection = document.getSelection();
    if (!selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    const start = this.blocks.placeOf(range.startContainer, range.startOffset);
    const end = this.blocks.placeOf(range.endContainer, range.endOffset);
    if (start === null && end === null) return null;
    return { start: start ?? 0, end: end ?? this.blocks.text.length };
  }

  // Of the caret or of the moving end of the selection; null outside of the text.
  get caret() {
    const { focusNode, focusOffset } = document.getSelection();
    return focusNode && this.blocks.placeOf(focusNode, focusOffset);
  }

  // {start, end}, or null where nothing is selected.
  read(snap) {
    // The event comes later than a key that is pressed at once, and than the click of a tapped touchpad.
    this.#remember();
    const found = this.last;
    if (!found) return null;
    return snap ? wholeWords(this.blocks.text, found.start, found.end) : found;
  }

  set(start, end) {
    const [from, to] = [this.blocks.nodeAt(start), this.blocks.nodeAt(end)];
    document.getSelection().setBaseAndExtent(...from, ...to);
    this.last = start < end ? { start, end } : null;
  }

  // Nothing is selected; the focus stays where it is, which a caret in the text would take.
  forget() {
    this.last = null;
    const range = this.#range();
    if (range && range.start < range.end) document.getSelection().removeAllRanges();
  }

  // No selection, the caret at a place.
  clear(place) {
    this.set(place, place);
  }
}

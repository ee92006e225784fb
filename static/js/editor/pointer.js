// The mouse and fingers in the text: select and label, label and select, click on a region.

import { wholeWords, wordAt } from "./words.js";

export class Pointer {
  constructor(page) {
    this.page = page;
    const { element } = page;
    // A selection that ends outside of the text is told to what holds both ends.
    document.addEventListener("click", (event) => {
      if (page.editing.held) return;
      const inside = element.contains(event.target);
      if (inside || event.target.contains?.(element)) this.#released(event, inside);
    });
    element.addEventListener("pointerover", ({ target }) => this.#tip(target.closest("mark")), { capture: true });
    // Nothing writes into the text; only what an input method composes can't be kept from trying.
    for (const kind of ["beforeinput", "drop", "dragstart", "paste", "cut"]) {
      element.addEventListener(kind, (event) => event.preventDefault());
    }
    element.addEventListener("input", () => page.repaint());
  }

  #tip(mark) {
    if (!mark) return;
    const lines = mark.dataset.regions.split(" ").map((number) => this.page.tip(Number(number)));
    mark.dataset.tip = lines.filter(Boolean).reverse().join("\n");
  }

  #released(event, inside) {
    const { page } = this;
    const { editing, selected } = page;
    const found = selected.read(false);
    if (found) {
      const span = page.snaps(event.altKey) ? wholeWords(editing.text, found.start, found.end) : found;
      if (!span) return;
      if (editing.armed) return void page.label(span, editing.armed);
      if (event.pointerType !== "touch") selected.set(span.start, span.end);
      if (editing.current) editing.choose(null);
      if (editing.mayEdit) editing.say(`Selected: ${editing.text.slice(span.start, span.end)}. Press a label's key or click it.`);
      return;
    }
    if (!inside) return;
    const place = this.#placeAt(event);
    const word = editing.armed && place !== null && wordAt(editing.text, place);
    if (word) return void page.label(word, editing.armed);
    this.#clicked(event.target.closest?.("mark"));
  }

  // A finger leaves no caret where it taps.
  #placeAt({ clientX, clientY }) {
    const found = document.caretPositionFromPoint?.(clientX, clientY);
    if (found) return this.page.blocks.placeOf(found.offsetNode, found.offset);
    const range = document.caretRangeFromPoint?.(clientX, clientY);
    return range ? this.page.blocks.placeOf(range.startContainer, range.startOffset) : this.page.selected.caret;
  }

  // The innermost region; clicking again goes outwards.
  #clicked(mark) {
    const { editing } = this.page;
    const entries = (mark?.dataset.regions.split(" ") || []).map((number) => editing.display.byNumber.get(Number(number))).filter(Boolean);
    entries.sort((one, other) => one.end - one.start - (other.end - other.start));
    if (!entries.length) {
      if (editing.current) editing.choose(null);
      return;
    }
    const place = entries.indexOf(editing.current);
    this.page.go(entries[(place + 1) % entries.length], false);
  }
}

// The text as blocks of whole lines, so that a change touches one of them only; and places in the page's nodes turned
// into places in the text (UTF-16 units).

const ENOUGH = 2_000;
const LONGEST_LINE = 4_000;

// Ends of the blocks, the last of them the end of the text.
export const blockEnds = (text) => {
  const ends = [];
  let start = 0;
  while (start < text.length) {
    const last = text.lastIndexOf("\n", start + ENOUGH);
    let end = last >= start ? last + 1 : text.indexOf("\n", start + ENOUGH) + 1 || text.length;
    // A line without end would be laid out anew as a whole at every change.
    if (end - start > LONGEST_LINE) end = text.lastIndexOf(" ", start + LONGEST_LINE) + 1 || start + LONGEST_LINE;
    if (end <= start) end = start + LONGEST_LINE;
    if (/[\udc00-\udfff]/.test(text[end] || "")) end += 1;
    ends.push(Math.min(end, text.length));
    start = ends.at(-1);
  }
  return ends;
};

export class Blocks {
  constructor(element, text) {
    this.element = element;
    this.text = text;
    this.fill();
  }

  // Also after something wrote into the text, which nothing may.
  fill() {
    let start = 0;
    this.all = blockEnds(this.text).map((end) => {
      const element = document.createElement("div");
      element.className = "block";
      element.append(this.text.slice(start, end));
      const block = { element, start, end, painted: "" };
      start = end;
      return block;
    });
    this.element.replaceChildren(...this.all.map((block) => block.element));
  }

  // The block in which this place lies; the end of the text belongs to the last one.
  at(place) {
    let low = 0;
    let high = this.all.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle].end <= place) low = middle + 1;
      else high = middle;
    }
    return this.all[low];
  }

  // Place in the text of a place in the page, null outside of the text.
  placeOf(node, offset) {
    if (node === this.element) return this.all[offset]?.start ?? this.text.length;
    const inside = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    const element = inside?.closest(".block");
    const block = element && this.element.contains(element) && this.all.find((one) => one.element === element);
    if (!block) return null;
    const range = document.createRange();
    range.setStart(element, 0);
    range.setEnd(node, offset);
    return block.start + range.toString().length;
  }

  // [node, offset] in the page of a place in the text.
  nodeAt(place) {
    const block = this.at(place);
    if (!block) return [this.element, 0];
    let left = place - block.start;
    const walker = document.createTreeWalker(block.element, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    while (node && left > node.length) {
      left -= node.length;
      const following = walker.nextNode();
      if (!following) return [node, node.length];
      node = following;
    }
    return node ? [node, left] : [block.element, 0];
  }
}

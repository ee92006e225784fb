// The list of regions: only the rows in sight are in the page, so that thousands cost nothing.

const ROW = 46;
const SPARE = 6;

export class RegionList {
  constructor(element, count, editing, onChoose) {
    Object.assign(this, { element, count, editing, onChoose });
    this.space = element.querySelector(".region-space");
    this.rows = new Map();
    // Asking for these after a change would make the browser lay out the page at once, before it has to.
    this.top = 0;
    this.height = element.clientHeight;
    new ResizeObserver(() => {
      this.height = element.clientHeight;
      this.show();
    }).observe(element);
    element.addEventListener("scroll", () => {
      this.top = element.scrollTop;
      this.show();
    }, { passive: true });
    element.addEventListener("click", ({ target }) => {
      const row = target.closest("[data-region]");
      if (row) onChoose(editing.display.byNumber.get(Number(row.dataset.region)));
    });
    editing.watch(() => this.show());
  }

  show() {
    const { entries } = this.editing.display;
    const height = `${entries.length * ROW}px`;
    if (this.space.style.height !== height) this.space.style.height = height;
    const first = Math.max(0, Math.floor(this.top / ROW) - SPARE);
    const last = Math.min(entries.length, Math.ceil((this.top + this.height) / ROW) + SPARE);
    const wanted = new Map();
    for (let place = first; place < last; place += 1) wanted.set(entries[place].number, place);
    for (const [number, row] of this.rows) {
      if (wanted.has(number)) continue;
      row.remove();
      this.rows.delete(number);
    }
    for (const [number, place] of wanted) this.#row(number, entries[place], place, entries.length);
    const own = entries.filter((entry) => entry.own).length;
    const suggested = entries.length - own;
    const words = `${own.toLocaleString("en")}${suggested ? ` and ${suggested.toLocaleString("en")} suggested` : ""}`;
    if (this.count.textContent !== words) this.count.textContent = words;
    this.element.classList.toggle("none", !entries.length);
    const current = this.editing.current && this.rows.get(this.editing.current.number);
    if (current) this.element.setAttribute("aria-activedescendant", current.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  // Brings the current region's row into sight.
  reveal() {
    const place = this.editing.display.entries.indexOf(this.editing.current);
    if (place < 0) return;
    const top = place * ROW;
    if (top < this.top) this.#scroll(top);
    else if (top + ROW > this.top + this.height) this.#scroll(top + ROW - this.height);
  }

  #scroll(top) {
    this.element.scrollTop = this.top = top;
    this.show();
  }

  #row(number, entry, place, total) {
    let row = this.rows.get(number);
    if (!row) {
      row = document.createElement("div");
      row.id = `region-${number}`;
      row.dataset.region = number;
      row.setAttribute("role", "option");
      this.rows.set(number, row);
      this.space.append(row);
    }
    row.style.top = `${place * ROW}px`;
    row.setAttribute("aria-posinset", place + 1);
    row.setAttribute("aria-setsize", total);
    row.setAttribute("aria-selected", String(entry === this.editing.current));
    if (row.shown === entry) return;
    row.shown = entry;
    row.className = `region${entry.own ? "" : " suggested"}`;
    const part = (name, text) => Object.assign(document.createElement("span"), { className: name, textContent: text });
    const state = entry.conflict ? "≠ models disagree" : entry.own ? "" : "? suggested";
    row.replaceChildren(
      part(`label-chip c${entry.colour}`, [entry.label, ...entry.about.map((name) => `(${name})`)].join(" ")),
      part("region-state muted", [state, entry.unknown ? "! not in the config" : "", entry.note ? "✎ note" : ""].filter(Boolean).join(" ")),
      part("number", entry.confidence === null ? "" : entry.confidence.toFixed(2)),
      part("region-text", entry.text),
      part("region-model muted", entry.model),
    );
  }
}

// The task page: the text with its regions, and all the ways to work on them. The parts are in editor/.

import { Answers } from "./editor/answers.js";
import { Blocks } from "./editor/blocks.js";
import { Clock } from "./editor/clock.js";
import { Keyboard } from "./editor/commands.js";
import { Details, Relating } from "./editor/details.js";
import { described } from "./editor/display.js";
import { Editing } from "./editor/editing.js";
import { Kept } from "./editor/kept.js";
import { RegionList } from "./editor/list.js";
import { Offers } from "./editor/offers.js";
import { Painter } from "./editor/paint.js";
import { Pointer } from "./editor/pointer.js";
import { Saving } from "./editor/saving.js";
import { Selected } from "./editor/selection.js";
import { Trouble } from "./editor/trouble.js";

const byId = (id) => document.getElementById(id);
const WORDS = "annotationlab whole words";

class Page {
  constructor(data) {
    this.element = byId("text");
    this.said = byId("said");
    this.editing = new Editing(data, this.element.textContent, (words) => this.say(words));
    this.blocks = new Blocks(this.element, this.editing.text);
    this.painter = new Painter(this.blocks);
    this.selected = new Selected(this.blocks);
    this.relating = new Relating(this.editing);
    this.trouble = new Trouble(byId("trouble"));
    this.wholeWords = localStorage.getItem(WORDS) !== "no";
    this.editing.watch((changed, shown) => this.#show(changed, shown));
    this.list = new RegionList(byId("regions"), byId("region-count"), this.editing, (entry) => this.go(entry));
    new Details(byId("region"), this.editing, this.relating);
    this.answers = new Answers(this.editing);
    new Offers(this.editing, this.trouble);
    this.keyboard = new Keyboard(this);
    new Pointer(this);
    this.#prepareText();
    if (this.editing.mayEdit) this.#prepareEditing(data);
    this.#buttons();
    this.editing.refresh();
    this.saving?.restore();
  }

  // A text that can be edited has a caret, can be selected by keys and is read by screen readers; what is typed
  // into it goes nowhere. Fingers need no caret, and would get a keyboard with it.
  #prepareText() {
    this.element.tabIndex = 0;
    if (!matchMedia("(pointer: coarse)").matches) {
      Object.assign(this.element, { contentEditable: "true", spellcheck: false });
      for (const [name, value] of Object.entries({ role: "textbox", "aria-multiline": "true", "aria-readonly": "true", inputmode: "none", autocorrect: "off", autocapitalize: "off" })) {
        this.element.setAttribute(name, value);
      }
    }
  }

  #prepareEditing(data) {
    this.clock = data.measure_time ? new Clock() : null;
    if (this.clock) this.#measure();
    this.saving = new Saving(this.editing, new Kept(data.user, data.task.id), this.trouble, this.clock, (state, answer) => this.#saved(state, answer));
    this.saving.takeField = () => this.#takeField();
    const note = byId("note");
    const take = () => this.editing.change(this.editing.edits.note(note.value), "note on the completion");
    note.addEventListener("change", take);
    note.addEventListener("input", () => {
      clearTimeout(this.noteTimer);
      this.noteTimer = setTimeout(take, 1_000);
    });
  }

  #measure() {
    for (const kind of ["pointerdown", "keydown", "scroll", "wheel"]) {
      document.addEventListener(kind, () => this.clock.tick(true), { capture: true, passive: true });
    }
    document.addEventListener("visibilitychange", () => (document.hidden ? this.clock.pause() : this.clock.tick(true)));
    setInterval(() => !document.hidden && this.clock.tick(false), 5_000);
  }

  #buttons() {
    const verbs = {
      undo: () => this.editing.undo(), redo: () => this.editing.redo(), equal: () => this.equal(), words: () => this.#toggleWords(),
      keys: () => this.showKeys(), save: () => this.save(), submit: () => this.submit(), copy: () => this.editing.copyShown(),
      "accept-all": () => this.acceptAll(),
    };
    for (const button of document.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => (this.editing.held ? this.editing.sayHeld() : verbs[button.dataset.do]()));
      if (["save", "submit"].includes(button.dataset.do)) button.disabled = false;
    }
    for (const chip of document.querySelectorAll(".editor-labels [data-label]")) {
      // The selection in the text stays while a label is clicked.
      chip.addEventListener("pointerdown", (event) => event.preventDefault());
      const label = this.editing.config.label(chip.dataset.control, chip.dataset.label);
      chip.addEventListener("click", (event) => this.useLabel(label, event.altKey));
    }
    document.querySelector('[data-do="equal"]')?.addEventListener("pointerdown", (event) => event.preventDefault());
    document.querySelector('[data-do="words"]')?.setAttribute("aria-pressed", String(this.wholeWords));
  }

  #toggleWords() {
    this.wholeWords = !this.wholeWords;
    localStorage.setItem(WORDS, this.wholeWords ? "yes" : "no");
    document.querySelector('[data-do="words"]').setAttribute("aria-pressed", String(this.wholeWords));
  }

  // Nothing of an earlier sentence may swallow a later one that reads the same.
  say(words) {
    this.said.replaceChildren(Object.assign(document.createElement("p"), { textContent: words }));
  }

  #show(changed, shown) {
    const { editing } = this;
    const hadCaret = changed && document.activeElement === this.element && this.selected.caret;
    this.painter.current = editing.current;
    if (shown) this.painter.paint(editing.display.entries);
    this.painter.show(editing.current);
    this.element.classList.toggle("on-region", Boolean(editing.current));
    if (typeof hadCaret === "number" && !editing.current && this.selected.caret === null) this.selected.clear(hadCaret);
    for (const chip of document.querySelectorAll(".editor-labels [data-label]")) {
      const on = editing.armed?.control === chip.dataset.control && editing.armed.value === chip.dataset.label;
      chip.setAttribute("aria-pressed", String(on));
    }
    const enable = (name, on) => document.querySelector(`[data-do="${name}"]`)?.toggleAttribute("disabled", !on);
    enable("undo", editing.history.done.length);
    enable("redo", editing.history.undone.length);
    const note = byId("note");
    if (changed && note && note !== document.activeElement) note.value = editing.regions.note;
  }

  #saved(state, answer) {
    const time = answer?.saved_at ? new Date(answer.saved_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
    const words = {
      waiting: "Not saved yet", saving: "Saving…", saved: `Saved ${time}`, failed: "▲ Not saved", submitting: "Submitting…", submitted: "Submitted",
    };
    byId("save-state").textContent = words[state];
    this.#hold(state === "submitting" || state === "submitted");
    const pill = byId("task-status");
    if (answer?.status && pill) Object.assign(pill, { className: `state status-${answer.status}`, textContent: answer.status_words });
  }

  // The focus stays where it is, which it would not in what is disabled.
  #hold(held) {
    if (held === this.editing.held) return;
    this.editing.held = held;
    document.querySelector(".task-page").classList.toggle("held", held);
    for (const button of document.querySelectorAll('[data-do="save"], [data-do="submit"]')) button.setAttribute("aria-disabled", String(held));
    for (const field of document.querySelectorAll("#note, #region [data-field=note]")) field.readOnly = held;
  }

  repaint() {
    this.blocks.fill();
    this.painter.paint(this.editing.display.entries);
  }

  get hasSuggestions() {
    return this.editing.display.entries.some((entry) => !entry.own);
  }

  isPlace(target) {
    return target === document.body || this.element.contains(target) || this.list.element.contains(target);
  }

  snaps(altKey) {
    return this.wholeWords !== altKey;
  }

  tip(number) {
    const entry = this.editing.display.byNumber.get(number);
    return entry && described(entry);
  }

  go(entry, focus = true) {
    if (!entry) return false;
    this.editing.choose(entry);
    this.list.reveal();
    this.painter.reveal(entry);
    if (focus && !this.isPlace(document.activeElement)) this.element.focus({ preventScroll: true });
    if (document.activeElement === this.element) this.selected.clear(entry.start);
    else this.selected.forget();
    return true;
  }

  move(direction, fits) {
    const place = this.editing.current ? null : this.selected.caret;
    return this.go(this.editing.neighbour(direction, fits, place));
  }

  escape() {
    const { editing } = this;
    if (this.relating.cancel()) return true;
    if (editing.armed) return void editing.arm(editing.armed);
    if (editing.current) {
      const { start } = editing.current;
      editing.choose(null);
      this.element.focus({ preventScroll: true });
      this.selected.clear(start);
      return void editing.say("Caret in the text. Select with Shift and the arrows.");
    }
    if (this.selected.read(false) && this.selected.caret !== null) return void this.selected.clear(this.selected.caret);
    if (!this.element.contains(document.activeElement)) return false;
    return void this.list.element.focus();
  }

  follow(rel) {
    document.querySelector(`.toolbar a[rel="${rel}"]`)?.click();
  }

  // A label's key or button: on what is selected, on the current region, or for what will be selected next.
  useLabel(label, altKey) {
    const { editing } = this;
    const span = this.selected.read(this.snaps(altKey));
    if (span) return this.label(span, label);
    if (editing.current) return editing.relabel(editing.current, label);
    return editing.arm(label);
  }

  label(span, label) {
    this.editing.add(span.start, span.end, label);
    if (!this.editing.armed) this.element.focus({ preventScroll: true });
    this.selected.clear(span.end);
    if (this.editing.armed) this.editing.choose(null, false);
    this.list.reveal();
  }

  useChoice(control, value) {
    const { editing } = this;
    if (!control.per_region) return this.answers.toggle(control, value);
    if (!editing.current?.own) return editing.say(`${value} is said of a region. Choose the region first.`);
    const { group, text } = editing.current;
    const now = editing.edits.answer(control, group)?.value.choices.map(String) || [];
    const rest = now.filter((name) => name !== value);
    const values = rest.length < now.length ? rest : control.multiple ? [...now, value] : [value];
    return editing.change(editing.edits.choose(control, values, group), `${control.control} of ${text}: ${values.join(", ") || "none"}`);
  }

  acceptAndGoOn(entry) {
    if (entry.own) return this.focusField("status") || this.focusField("note");
    const next = this.editing.neighbour(1, (other) => !other.own && other !== entry);
    return this.editing.accept(entry) && next && this.go(this.editing.display.byNumber.get(next.number));
  }

  remove(entry) {
    this.editing.remove(entry);
    if (this.editing.current) this.go(this.editing.current);
    else this.selected.clear(Math.min(entry.start, this.editing.text.length));
  }

  relate(entry) {
    if (!entry.own) return this.editing.say("A relation joins regions of your own. Accept this one first.");
    return this.relating.toggle(entry);
  }

  focusField(name) {
    const field = document.querySelector(`#region [data-field="${name}"]`);
    field?.focus();
    return Boolean(field);
  }

  equal() {
    const { editing } = this;
    const span = this.selected.read(true);
    const entry = editing.current;
    if (span && editing.armed) return editing.addEqual(span.start, span.end, editing.armed);
    if (!entry) return editing.say("Choose a region, or a label and a selection, to label all equal places.");
    const label = editing.config.label(entry.region.from_name, entry.labels[0]);
    if (!label) return editing.say(`${entry.label} is not in the Labeling Config.`);
    return editing.addEqual(entry.start, entry.end, label);
  }

  async save() {
    this.#takeField();
    if (await this.saving.save()) this.say("Saved.");
  }

  submit() {
    this.#takeField();
    return this.saving.submit();
  }

  acceptAll() {
    this.editing.copyShown();
    return this.submit();
  }

  // What is being typed counts, too.
  #takeField() {
    const field = document.activeElement;
    if (field?.matches("textarea, input[type=text]")) field.dispatchEvent(new Event("change"));
  }

  showKeys() {
    this.keyboard.write(document.querySelector("#keys .key-lists"));
    byId("keys").showModal();
  }
}

new Page(JSON.parse(byId("editor-data").textContent));

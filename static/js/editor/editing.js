// One open task: what is in it, which region is current, and every verb that keys, buttons and the mouse share.

import { Config } from "./config.js";
import { described, Display } from "./display.js";
import { Edits } from "./edits.js";
import { History } from "./history.js";
import { Offsets } from "./offsets.js";
import { Regions } from "./regions.js";
import { alone, notInConfig, Suggestions } from "./suggestions.js";
import { equalPlaces, nextCharacter, nextWord } from "./words.js";

export class Editing {
  constructor(data, text, say) {
    this.data = data;
    this.text = text;
    this.say = say;
    this.mayEdit = data.may.edit;
    this.config = new Config(data.config);
    this.offsets = new Offsets(text);
    this.regions = new Regions();
    this.history = new History();
    this.edits = new Edits(this.regions, this.config, text);
    this.display = new Display(this.config, text);
    this.current = null;
    this.armed = null;
    // While a submit is on its way nothing may change: what it does not have would be lost.
    this.held = false;
    this.watchers = [];
    const completion = data.completion;
    this.copiedFrom = completion?.copied_from || "";
    if (completion) this.regions.load(this.arrived(completion.result), completion.set_aside, completion.note);
    this.offer(data.prediction);
  }

  arrived(result) {
    return result.map((region) => this.offsets.arrived(region));
  }

  get sentResult() {
    return this.regions.result.map((region) => this.offsets.sent(region));
  }

  // Suggestions are for those who can answer them, and for looking at where nobody has worked yet.
  get showsSuggestions() {
    return this.mayEdit || !this.data.completion;
  }

  // watcher(changed, shown): the completion is another one now; what is to be seen is.
  watch(watcher) {
    this.watchers.push(watcher);
  }

  // Works out what is to be seen, and tells everybody. changed: the completion is another one now.
  refresh(changed = false) {
    this.display.update(this.regions, this.suggestions, this.showsSuggestions);
    const before = this.current;
    this.current = before && (this.display.byNumber.get(before.number) || null);
    for (const watcher of this.watchers) watcher(changed, true);
  }

  change(changes, words) {
    if (!this.mayEdit || !changes.length) return false;
    if (this.held) {
      this.sayHeld();
      return false;
    }
    this.regions.apply(changes);
    this.history.add(changes, words);
    this.refresh(true);
    if (words) this.say(words);
    return true;
  }

  sayHeld() {
    this.say("Submitting: nothing can be changed until the server has answered.");
  }

  #step(step, what) {
    if (!step) return this.say(`Nothing to ${what}.`);
    this.regions.apply(step.changes);
    this.refresh(true);
    return this.say(`${what === "undo" ? "Undone" : "Done again"}: ${step.words}`);
  }

  undo() {
    this.#step(this.history.undo(), "undo");
  }

  redo() {
    this.#step(this.history.redo(), "redo");
  }

  offer(prediction) {
    const kept = this.suggestions?.least;
    const arrived = prediction && { ...prediction, result: this.arrived(prediction.result) };
    this.suggestions = new Suggestions(arrived, this.config);
    if (kept) this.suggestions.least = kept;
  }

  // entry: of the display, null for none.
  choose(entry, announce = true) {
    if (entry !== this.current) {
      this.current = entry;
      this.retell();
    }
    if (entry && announce) {
      const place = this.display.entries.indexOf(entry) + 1;
      this.say(`${entry.text}: ${described(entry)}. ${place} of ${this.display.entries.length}`);
    }
  }

  // Only who is current, armed or begun is another: nothing is to be painted.
  retell() {
    for (const watcher of this.watchers) watcher(false, false);
  }

  chooseOwn(id) {
    this.choose(this.display.find(true, id) || null, false);
  }

  arm(label) {
    this.armed = this.armed === label ? null : label;
    this.retell();
    this.say(this.armed ? `${label.value}: now select what it labels. Escape ends it.` : "No label chosen.");
  }

  add(start, end, label) {
    if (label.assertion) return this.#statusAt(start, end, label);
    const same = this.display.entries.find(
      (entry) => entry.own && entry.start === start && entry.end === end && entry.region.from_name === label.control && entry.labels.includes(label.value),
    );
    if (same) {
      this.choose(same);
      return false;
    }
    const suggested = this.display.entries.find(
      (entry) => !entry.own && !entry.unknown && entry.start === start && entry.end === end && entry.region.from_name === label.control && entry.labels.includes(label.value),
    );
    if (suggested) return this.accept(suggested);
    const changes = this.edits.add(start, end, label);
    this.change(changes, `${label.value} on ${this.text.slice(start, end)}`);
    this.chooseOwn(changes[0].after.id);
    return true;
  }

  #statusAt(start, end, label) {
    const chunk = this.display.entries.find((entry) => entry.own && entry.start === start && entry.end === end);
    if (!chunk) return this.say(`${label.value} is a status. Choose the region that it is said of first.`);
    return this.change(this.edits.status(chunk.group, label), `${label.value} said of ${chunk.text}`);
  }

  // Every place that reads the same, with the label of the current region or with the one given.
  addEqual(start, end, label) {
    const free = equalPlaces(this.text, start, end).filter(
      (place) =>
        !this.display.entries.some(
          (entry) => entry.own && entry.start === place.start && entry.end === place.end && entry.labels.includes(label.value),
        ),
    );
    const count = `${free.length} place${free.length === 1 ? "" : "s"}`;
    const changes = free.flatMap((place) => this.edits.add(place.start, place.end, label));
    if (!changes.length) return this.say(`${this.text.slice(start, end)} has ${label.value} everywhere already.`);
    return this.change(changes, `${label.value} on ${count} with ${this.text.slice(start, end)}`);
  }

  // A suggestion becomes one's own first, whatever is then done to it; null where that can't be.
  #owned(entry) {
    return entry.own ? entry : this.accept(entry);
  }

  // The region that one has now, null for none. label: the one that it gets, where it shall be another.
  accept(entry, label = null) {
    const group = label ? this.edits.labelled(entry.group, label) : entry.group;
    const words = label ? `${label.value} on ${entry.text}` : `accepted ${entry.label} on ${entry.text}`;
    const copied = this.#copy([group], () => words, label ? "prediction-changed" : "prediction");
    if (!copied) return null;
    this.chooseOwn(copied[0].after.id);
    return this.current;
  }

  // Copies what the config takes of these suggestions, and says what it lacks. words(count): what has been done.
  // Gives the changes, null where there were none.
  #copy(groups, words, origin) {
    if (!this.mayEdit) return null;
    const { prediction } = this.suggestions;
    const { taken, lacking } = this.suggestions.copyable(groups);
    const copied = this.edits.copy(prediction, taken, origin);
    const relations = this.edits.copyRelations(prediction, copied);
    const joins = relations.filter(({ after }) => !this.config.lacking(after).length);
    const ids = new Set(copied.map(({ after }) => after?.id));
    for (const { after } of relations) {
      if (this.config.lacking(after).length && (ids.has(after.from_id) || ids.has(after.to_id))) lacking.push(this.config.lacking(after));
    }
    if (!copied.length) {
      this.say(`Nothing copied: ${notInConfig(lacking)}. Choose another label or answer, or reject it.`);
      return null;
    }
    const told = lacking.length ? `; ${lacking.length} left out, because ${notInConfig(lacking)}` : "";
    this.#from(prediction);
    this.change([...copied, ...joins], `${words(taken.length)}${told}`);
    return copied;
  }

  #from(prediction) {
    if (!this.copiedFrom) this.copiedFrom = `prediction: ${prediction.id}`;
  }

  reject(entry) {
    if (!this.mayEdit) return;
    const suggested = (other) => !other.own && other !== entry;
    const after = this.neighbour(1, suggested) || this.neighbour(-1, suggested);
    this.#from(this.suggestions.prediction);
    this.change(this.edits.setAside(this.suggestions.prediction, entry.group), `rejected ${entry.label} on ${entry.text}`);
    this.choose(after && this.display.byNumber.get(after.number));
  }

  // All suggestions that show, and the answers about the whole text.
  copyShown() {
    const { suggestions, regions } = this;
    const groups = [...suggestions.open(regions), ...suggestions.openAnswers(regions).map(alone)];
    if (groups.length) this.#copy(groups, (count) => `copied ${count} suggestion${count === 1 ? "" : "s"}`);
  }

  acceptAnswer(region) {
    this.#copy([alone(region)], () => `accepted ${region.value.choices.join(", ")}`);
  }

  // regions: what the server refuses.
  leaveOut(regions) {
    this.change(this.edits.leaveOut(regions), `removed what can't be kept: ${regions.length} region${regions.length === 1 ? "" : "s"}`);
  }

  remove(entry) {
    if (!entry.own) return this.reject(entry);
    const after = this.neighbour(1, (other) => other !== entry) || this.neighbour(-1, (other) => other !== entry);
    this.change(this.edits.remove(entry.group), `deleted ${entry.label} on ${entry.text}`);
    return this.choose(after && (this.display.byNumber.get(after.number) || null));
  }

  relabel(entry, label) {
    if (!this.mayEdit) return;
    if (label.assertion) return void this.setStatus(entry, label);
    if (!entry.own && entry.unknown) return void this.accept(entry, label);
    const own = this.#owned(entry);
    const changes = this.edits.relabel(own.group, label);
    const gone = this.#forbidden(own, changes);
    const told = gone.length ? `; ${gone.length} relation${gone.length > 1 ? "s" : ""} removed, which the Labeling Config doesn't allow so` : "";
    this.change([...changes, ...gone.flatMap((relation) => this.edits.unrelate(relation))], `${label.value} on ${own.text}${told}`);
    this.chooseOwn(own.region.id);
  }

  // Relations of a region that its new label forbids.
  #forbidden(own, changes) {
    const after = changes.map((change) => change.after).find((region) => region?.value?.labels);
    if (!after) return [];
    const id = String(own.region.id);
    const labels = (end) => (String(end) === id ? after.value.labels : this.display.find(true, end)?.labels || []);
    return this.regions.relations.filter(({ from_id, to_id, labels: names }) => {
      if (![String(from_id), String(to_id)].includes(id)) return false;
      const allowed = this.config.relationsBetween(labels(from_id), labels(to_id)).map(({ value }) => value);
      return (names || []).some((name) => !allowed.includes(name));
    });
  }

  setStatus(entry, label) {
    if (!this.mayEdit) return;
    const own = this.#owned(entry);
    if (!own) return;
    const now = own.group.statuses[0];
    const same = now && label && this.config.label(now.from_name, String(now.value.labels[0])) === label;
    this.change(this.edits.status(own.group, same ? null : label), same || !label ? `no status of ${own.text}` : `${label.value} said of ${own.text}`);
    this.chooseOwn(own.region.id);
  }

  nextStatus(entry) {
    if (!this.mayEdit || !this.config.statuses.length) return;
    this.setStatus(entry, this.edits.nextStatus(entry.group));
  }

  // edge: "start" or "end"; direction: 1 or -1.
  resize(entry, edge, direction, byWord) {
    if (!this.mayEdit) return;
    const own = this.#owned(entry);
    if (!own) return;
    const step = byWord ? nextWord : nextCharacter;
    const span = { start: own.start, end: own.end };
    span[edge] = Math.min(Math.max(step(this.text, span[edge], direction), 0), this.text.length);
    if (span.start >= span.end || span[edge] === own[edge]) return;
    this.change(this.edits.resize(own.group, span.start, span.end), `now: ${this.text.slice(span.start, span.end)}`);
    this.chooseOwn(own.region.id);
  }

  // The next entry in this direction that fits, from the current one or from a place in the text.
  neighbour(direction, fits = () => true, place = null) {
    const { entries } = this.display;
    let from = this.current ? entries.indexOf(this.current) + direction : null;
    if (from === null) {
      const spot = place ?? 0;
      from = direction > 0 ? entries.findIndex((entry) => entry.start >= spot) : entries.findLastIndex((entry) => entry.start < spot);
      if (from < 0) return null;
    }
    for (let index = from; index >= 0 && index < entries.length; index += direction) {
      if (fits(entries[index])) return entries[index];
    }
    return null;
  }
}

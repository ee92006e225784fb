// Drafts save themselves a moment after the last change, each save on top of the version that is edited here. What the
// server doesn't take stays in this browser, and is told.

import { askDifference } from "./difference.js";
import { laidOn, sinceStored } from "./kept.js";
import { choicesOf, Regions } from "./regions.js";
import { posted } from "./server.js";

const DEBOUNCE_MS = 1_000;
const RETRY_MS = [2_000, 5_000, 10_000, 30_000];
const KEEPALIVE_BYTES = 60_000;
// Answers after which trying again by itself changes nothing.
const FINAL = new Set([400, 404, 409, 410, 413, 422, 423]);

export class Saving {
  constructor(editing, kept, trouble, clock, show) {
    Object.assign(this, { editing, kept, trouble, clock, show });
    const { completion } = editing.data;
    this.id = completion?.id ?? null;
    this.version = completion?.version ?? null;
    this.draftKey = crypto.randomUUID?.() ?? newUuid();
    this.storedItems = new Map(editing.regions.items);
    this.dirty = false;
    this.failures = 0;
    this.busy = null;
    this.ended = false;
    // What is tried again once the server is back.
    this.wanted = "save";
    editing.watch((changed) => changed && this.touch());
    addEventListener("online", () => this.dirty && this.#again());
    const back = () => this.dirty && this.trouble.kind && !this.blocked && this.#again();
    addEventListener("focus", back);
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#keep() : back()));
  }

  #again() {
    // What is being typed by now is to be saved first, and not to be submitted half.
    this.takeField?.();
    return this.wanted === "submit" ? this.submit() : this.save();
  }

  touch() {
    this.dirty = true;
    this.wanted = "save";
    if (this.blocked) return this.#keep();
    this.show("waiting");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), DEBOUNCE_MS);
  }

  #url(name) {
    return this.editing.data.urls[name].replace(/\/completions\/0\//, `/completions/${this.id}/`);
  }

  #body() {
    const { editing } = this;
    this.clock?.tick(false);
    return {
      draft_key: this.draftKey, copied_from: editing.copiedFrom, result: editing.sentResult, set_aside: editing.regions.setAside,
      note: editing.regions.note, seconds: this.clock?.seconds ?? 0, config_version: editing.data.config.version, user: editing.data.user,
      ...(this.version === null ? {} : { version: this.version }),
    };
  }

  // Saves now. Resolves to whether everything is on the server.
  async save() {
    clearTimeout(this.timer);
    if (this.busy) await this.busy;
    if (this.ended || (!this.dirty && this.id !== null)) return !this.dirty;
    return this.#run(this.id === null ? "create" : "save", "saving");
  }

  // Saves and freezes; goes on to the next task.
  async submit() {
    clearTimeout(this.timer);
    while (this.busy) await this.busy;
    if (this.ended) return false;
    this.takeField?.();
    this.wanted = "submit";
    if (this.id === null && !(await this.#run("create", "submitting"))) return false;
    return this.#run("submit", "submitting");
  }

  #run(verb, state) {
    this.busy = this.#send(verb, state).finally(() => (this.busy = null));
    return this.busy;
  }

  async #send(verb, state) {
    const body = this.#body();
    const sent = this.id;
    const { items: now, result } = this.editing.regions;
    const items = new Map(now);
    this.dirty = false;
    this.show(state);
    const { status, body: answer } = await posted(this.#url(verb), body);
    if (status === 200 || status === 201) {
      this.storedItems = items;
      return this.#stored(verb, sent, body, answer);
    }
    this.dirty = true;
    this.#keep();
    await this.#refused(verb, status, answer, result);
    return false;
  }

  #stored(verb, sent, body, answer) {
    this.id = answer.id;
    this.version = answer.version;
    this.failures = 0;
    this.blocked = false;
    this.clock?.forget(body.seconds);
    this.kept.drop(sent);
    this.kept.drop(this.id);
    this.trouble.clear();
    this.show(verb === "submit" ? "submitted" : this.dirty ? "waiting" : "saved", answer);
    if (sent === null && verb === "create") this.#name();
    if (verb === "submit") {
      this.ended = true;
      location.assign(answer.next || `${this.editing.data.urls.task}?completion=${this.id}`);
    } else if (this.dirty) this.touch();
    return true;
  }

  // Reloading opens the same completion.
  #name() {
    const address = new URL(location.href);
    address.searchParams.set("completion", this.id);
    history.replaceState(null, "", address);
  }

  #keep() {
    this.takeField?.();
    if (!this.dirty || this.ended) return true;
    const { draft_key, copied_from, result, set_aside, note, seconds, config_version } = this.#body();
    const since = sinceStored(this.storedItems, this.editing.regions.items);
    const draft = { draft_key, copied_from, result, set_aside, note, seconds, config_version, since, version: this.version, at: Date.now() };
    const stored = this.kept.put(this.id, draft);
    if (!stored) this.trouble.show("full", "This browser has no room left to keep unsaved work. Save before you leave this page.");
    return stored;
  }

  #leave() {
    this.takeField?.();
    if (!this.dirty || this.ended) return;
    this.#keep();
    const body = this.#body();
    if (this.blocked || this.busy || JSON.stringify(body).length > KEEPALIVE_BYTES) return;
    posted(this.#url(this.id === null ? "create" : "save"), body, true);
  }

  // result: what was sent.
  async #refused(verb, status, answer, result) {
    const says = answer.error || "";
    const again = ["Try again", () => this.#unblocked(verb)];
    this.blocked = FINAL.has(status);
    this.show("failed");
    if (status === 409) return this.#differs(verb, answer);
    if (status === 410) {
      return this.trouble.show("gone", says || "This completion was deleted.", [["Save mine as a new completion", () => this.#startAnew(verb)]]);
    }
    if (status === 423) {
      return this.trouble.show("frozen", says || "This completion was submitted meanwhile.", [
        ["Save mine as a new draft", () => this.#startAnew("save")],
        ["Open the submitted one", () => this.#open(this.id)],
      ]);
    }
    if (status === 422) return this.#notAllowed(answer, again, result);
    if (status === 401) {
      this.trouble.show("signed out", says || "You are signed out. Your work is kept in this browser.", [["Sign in in another tab", answer.login || this.editing.data.urls.login], again]);
    } else if (status === 0) {
      this.trouble.show("offline", `The server does not answer. Your work is kept in this browser and is ${this.wanted === "submit" ? "submitted" : "saved"} as soon as it does.`, [again]);
    } else if (this.blocked) {
      this.trouble.show("refused", says || `The server refused to save (${status}). Your work is kept in this browser.`, [again]);
    } else {
      this.trouble.show("failed", says || `The server could not save (${status}). Your work is kept in this browser.`, [again]);
    }
    if (!this.blocked && status !== 403) this.#retryLater();
    return undefined;
  }

  #retryLater() {
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.#again(), wait);
  }

  #unblocked(verb) {
    this.blocked = false;
    return verb === "submit" ? this.submit() : this.save();
  }

  #startAnew(verb) {
    this.kept.drop(this.id);
    this.id = this.version = null;
    this.draftKey = newUuid();
    this.dirty = true;
    return this.#unblocked(verb);
  }

  #open(id) {
    this.ended = true;
    this.kept.drop(id);
    location.assign(`${this.editing.data.urls.task}?completion=${id}`);
  }

  // Which regions the config of now doesn't take, and why.
  #notAllowed(answer, again, result) {
    const { editing } = this;
    const problems = answer.problems || [];
    const lines = problems.slice(0, 20).map(({ index, reason }) => {
      const value = result[index]?.value;
      const text = value?.text || choicesOf(result[index] || {}).join(", ");
      return text ? `“${text.slice(0, 60)}”: ${reason}` : reason;
    });
    const first = problems.find(({ index }) => index !== null && result[index]?.value?.text);
    const actions = [again];
    if (first) actions.push(["Show the first", () => editing.chooseOwn(result[first.index].id)]);
    // What is asked for yet names its control; the rest can't be kept, and some of it stands nowhere on the page.
    const refused = problems.filter(({ control }) => !control).map(({ index }) => result[index]);
    if (refused.length) actions.push(["Remove what can't be kept", () => editing.leaveOut(refused)]);
    if (answer.config_version && answer.config_version !== editing.data.config.version) {
      actions.push(["Reload with the new labels", () => this.#reload()]);
    }
    // A change may mend it, so the next one tries again.
    this.blocked = false;
    const control = problems.find((problem) => problem.control)?.control;
    if (control) document.querySelector(`[data-choices="${CSS.escape(control)}"] :is(input, select)`)?.focus();
    this.trouble.show("not allowed", answer.error || "Some regions can't be saved. Your work is kept in this browser.", actions, lines);
  }

  #reload() {
    if (this.#keep()) location.reload();
  }

  // Neither of the two can be shown here: this page has the labels of before.
  #newConfig(answer) {
    const theirs = () => {
      this.ended = true;
      this.kept.drop(this.id);
      location.reload();
    };
    this.trouble.show("differs", answer.error, [
      ["Reload and take what is stored", theirs],
      ["Reload and keep mine", () => this.#reload()],
    ]);
  }

  async #differs(verb, answer) {
    const { editing } = this;
    if (answer.config_version && answer.config_version !== editing.data.config.version) return this.#newConfig(answer);
    const stored = { ...answer, result: editing.arrived(answer.result) };
    const who = answer.by && answer.by !== editing.data.user ? `${answer.by} saved it` : "It was saved, perhaps in another tab,";
    const why = `${who} at ${new Date(answer.saved_at).toLocaleTimeString()}. Nothing has been overwritten: choose what shall be kept.`;
    const choice = await askDifference(document.getElementById("difference"), why, editing.regions.items, stored);
    if (!choice) {
      return this.trouble.show("differs", "Not saved: this completion was saved elsewhere meanwhile. Your work is kept in this browser.", [
        ["Compare", () => this.#differs(verb, answer)],
      ]);
    }
    this.version = answer.version;
    this.blocked = false;
    this.trouble.clear();
    if (choice === "theirs") {
      editing.change(editing.regions.changesTo(Regions.itemsOf(stored.result, stored.set_aside || [], stored.note || "")), "took what was stored");
      this.storedItems = new Map(editing.regions.items);
      clearTimeout(this.timer);
      this.dirty = false;
      this.kept.drop(this.id);
      return this.show("saved", answer);
    }
    this.dirty = true;
    return verb === "submit" ? void setTimeout(() => this.submit()) : void setTimeout(() => this.save());
  }

  // What an earlier visit could not save. Stored on top of the same version; otherwise the difference is asked.
  restore() {
    const { editing } = this;
    const asNew = this.kept.get(null);
    const draft = this.kept.get(this.id) || (this.id === null ? null : asNew);
    if (!draft) return;
    const isNew = draft === asNew || this.id === null;
    let items = Regions.itemsOf(editing.arrived(draft.result), draft.set_aside, draft.note);
    if (!isNew && draft.since && draft.config_version !== editing.data.config.version) {
      items = laidOn(editing.regions.items, items, draft.since);
    }
    const changes = editing.regions.changesTo(items);
    // What was sent as that visit ended has arrived.
    if (!changes.length && this.id !== null) return this.kept.drop(isNew ? null : this.id);
    if (isNew) {
      // The server may have it already, its answer lost: the key tells.
      this.draftKey = draft.draft_key;
      this.id = this.version = null;
    } else this.version = draft.version;
    editing.copiedFrom = draft.copied_from;
    if (!editing.change(changes, "restored what was not saved yet")) this.touch();
    this.trouble.show("restored", `Work of ${new Date(draft.at).toLocaleString()} that was not saved yet has been restored.`, [["Fine", () => this.trouble.clear()]]);
  }
}

// Without a secure context browsers have no randomUUID.
const newUuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

// Every key and what it does, in one table: keys are looked up in it, and the list of keys is written from it.

import { isTyping, readable, spellings } from "./keys.js";

// `where`: "text": only in the text or the list of regions; "page": anywhere but where one types; "always".
// `run` answers false where the key means nothing now; the browser then does what it always does.
export const commands = (page) => {
  const { editing } = page;
  const region = (act) => (event) => (editing.current ? (act(editing.current, event), true) : false);
  const suggested = (entry) => !entry.own;
  const edit = editing.mayEdit;
  return [
    { group: "Moving", where: "text", keys: ["right", "down"], words: "next region", run: () => Boolean(editing.current) && page.move(1) },
    { group: "Moving", where: "text", keys: ["left", "up"], words: "previous region", run: () => Boolean(editing.current) && page.move(-1) },
    { group: "Moving", where: "text", keys: ["tab"], words: "next suggestion; without any, next region", run: () => page.move(1, page.hasSuggestions ? suggested : undefined) },
    { group: "Moving", where: "text", keys: ["shift+tab"], words: "previous suggestion or region", run: () => Boolean(editing.current) && page.move(-1, page.hasSuggestions ? suggested : undefined) },
    { group: "Moving", where: "text", keys: ["home"], words: "first region", run: region(() => page.go(editing.display.entries[0])) },
    { group: "Moving", where: "text", keys: ["end"], words: "last region", run: region(() => page.go(editing.display.entries.at(-1))) },
    { group: "Moving", where: "text", keys: ["escape"], words: "from a region to the caret in the text; again: out of the text", run: () => page.escape() },
    { group: "Moving", where: "page", keys: ["["], words: "previous task", run: () => page.follow("prev") },
    { group: "Moving", where: "page", keys: ["]"], words: "next task", run: () => page.follow("next") },
    ...(edit
      ? [
          { group: "Suggestions", where: "text", keys: ["enter"], words: "accept and go to the next", run: region((entry) => page.acceptAndGoOn(entry)) },
          { group: "Suggestions", where: "text", keys: ["shift+enter"], words: "fix: accept, and stay to change it", run: region((entry) => !entry.own && editing.accept(entry)) },
          { group: "Suggestions", where: "text", keys: ["delete", "backspace"], words: "reject; on one's own region: delete", run: region((entry) => page.remove(entry)) },
          { group: "Suggestions", where: "page", keys: ["alt+c"], words: "copy what shows", run: () => editing.copyShown() },
          { group: "Suggestions", where: "page", keys: ["alt+a"], words: "accept: copy what shows, submit, next task", run: () => page.acceptAll() },
          { group: "Regions", where: "text", keys: ["shift+right"], words: "move the end forwards by a character", run: region((entry) => editing.resize(entry, "end", 1, false)) },
          { group: "Regions", where: "text", keys: ["shift+left"], words: "move the end backwards", run: region((entry) => editing.resize(entry, "end", -1, false)) },
          { group: "Regions", where: "text", keys: ["alt+left"], words: "move the beginning backwards", run: region((entry) => editing.resize(entry, "start", -1, false)) },
          { group: "Regions", where: "text", keys: ["alt+right"], words: "move the beginning forwards", run: region((entry) => editing.resize(entry, "start", 1, false)) },
          { group: "Regions", where: "text", keys: ["ctrl+shift+right", "ctrl+shift+left"], words: "the end by a word", run: region((entry, event) => editing.resize(entry, "end", event.key === "ArrowRight" ? 1 : -1, true)) },
          { group: "Regions", where: "text", keys: ["ctrl+alt+left", "ctrl+alt+right"], words: "the beginning by a word", run: region((entry, event) => editing.resize(entry, "start", event.key === "ArrowRight" ? 1 : -1, true)) },
          ...(editing.config.statuses.length ? [{ group: "Regions", where: "text", keys: ["space"], words: "next status", run: region((entry) => editing.nextStatus(entry)) }] : []),
          ...(editing.config.relations.length ? [{ group: "Regions", where: "text", keys: ["alt+r"], words: "begin a relation, end it on another region", run: region((entry) => page.relate(entry)) }] : []),
          { group: "Regions", where: "text", keys: ["alt+n"], words: "note on the region", run: region(() => page.focusField("note")) },
          { group: "Regions", where: "text", keys: ["alt+s"], words: "the same label wherever the same words stand", run: () => page.equal() },
          { group: "Work", where: "page", keys: ["ctrl+z"], words: "undo", run: () => editing.undo() },
          { group: "Work", where: "page", keys: ["ctrl+shift+z", "ctrl+y"], words: "redo", run: () => editing.redo() },
          { group: "Work", where: "always", keys: ["ctrl+enter"], words: "save", run: () => page.save() },
          { group: "Work", where: "always", keys: ["alt+enter"], words: "submit and go to the next task", run: () => page.submit() },
        ]
      : []),
    { group: "Work", where: "page", keys: ["?"], words: "this list", run: () => page.showKeys() },
  ];
};

export class Keyboard {
  constructor(page) {
    this.page = page;
    this.table = commands(page);
    this.byKey = new Map(this.table.flatMap((command) => command.keys.map((key) => [key, command])));
    this.hotkeys = page.editing.mayEdit ? this.#hotkeys(page.editing.config) : new Map();
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #hotkeys(config) {
    const { page } = this;
    const found = new Map();
    for (const label of config.labels) if (label.hotkey) found.set(label.hotkey, (event) => page.useLabel(label, event.altKey));
    for (const control of config.choices) {
      for (const { hotkey, value } of control.options) if (hotkey) found.set(hotkey, () => page.useChoice(control, value));
    }
    return found;
  }

  #pressed(event) {
    if (this.page.editing.held) return this.#heldBack(event);
    const spelled = spellings(event);
    const typing = isTyping(event.target);
    const act = typing ? null : this.#hotkey(spelled);
    if (act) {
      event.preventDefault();
      return act(event);
    }
    const command = spelled.map((key) => this.byKey.get(key)).find(Boolean);
    if (!command || !this.#fits(command, event.target, typing)) return undefined;
    if (command.run(event) !== false) event.preventDefault();
    return undefined;
  }

  // Reading goes on, and leaving; fields whose keys change them at once are kept from it.
  #heldBack(event) {
    if (event.ctrlKey || event.metaKey || !/^(Enter|Arrow\w+|Home|End|Page\w+|Delete|Backspace|.)$/.test(event.key)) return;
    if (event.target.closest?.("#text, .region-list, .task-page :is(input, select, button)")) event.preventDefault();
    this.page.editing.sayHeld();
  }

  // With Alt a label's key takes the selection as it is.
  #hotkey(spelled) {
    for (const key of spelled) if (this.hotkeys.has(key)) return this.hotkeys.get(key);
    for (const key of spelled) {
      const bare = key.replace("alt+", "");
      if (bare !== key && !this.byKey.has(key) && this.hotkeys.has(bare) && this.page.selected.read(false)) return this.hotkeys.get(bare);
    }
    return null;
  }

  #fits({ where }, target, typing) {
    if (where === "always") return !target.closest("dialog");
    if (typing) return false;
    return where === "page" || this.page.isPlace(target);
  }

  // The list of keys, labels' and choices' own ones at the end.
  write(element) {
    const { config } = this.page.editing;
    const own = [
      ...config.labels.map((label) => [label.hotkey, label.value]),
      ...config.choices.flatMap(({ options }) => options.map((option) => [option.hotkey, option.path.join(" / ")])),
    ].filter(([key]) => key && this.page.editing.mayEdit);
    const groups = new Map();
    for (const { group, keys, words } of this.table) groups.set(group, [...(groups.get(group) || []), [keys.map(readable).join(" or "), words]]);
    if (own.length) groups.set("Labels and choices", own.map(([key, words]) => [readable(key), words]));
    element.replaceChildren(...[...groups].flatMap(([title, rows]) => this.#group(title, rows)));
  }

  #group(title, rows) {
    const list = document.createElement("dl");
    for (const [keys, words] of rows) {
      const row = document.createElement("div");
      const key = document.createElement("dt");
      key.append(Object.assign(document.createElement("kbd"), { textContent: keys }));
      row.append(key, Object.assign(document.createElement("dd"), { textContent: words }));
      list.append(row);
    }
    return [Object.assign(document.createElement("h3"), { textContent: title }), list];
  }
}

// The pipeline config widget: search and filters, ticks and what they rule out, and what an answer writes into the
// editor, as one step that the editor's own undo takes back.
(() => {
  "use strict";

  const REFRESH_MS = 700;
  const MOST_HITS = 100;
  // Chromium takes half a second to insert this many lines as typed text, and the square of it for more.
  const MOST_TYPED_LINES = 300;
  const editor = document.getElementById("labeling-config");
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = byId("model-widget")) => (within ? [...within.querySelectorAll(selector)] : []);
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

  // Ticks

  const labelsOf = (model) => all("input[name=label]", model);
  const ticked = (label) => label.checked && !label.disabled;
  const factsOf = ({ dataset }) => ({ name: dataset.name, ref: dataset.ref, kind: dataset.modelKind });

  const showWhole = (model) => {
    const whole = model.querySelector("input[name=whole]");
    const labels = labelsOf(model);
    const checked = labels.filter((label) => label.checked).length;
    whole.checked = labels.length > 0 && checked === labels.length;
    whole.indeterminate = checked > 0 && checked < labels.length;
  };

  const showMappings = (model) => {
    for (const mapping of all(".mapping", model)) {
      const shown = ticked(byId(mapping.dataset.for));
      mapping.hidden = mapping.disabled = !shown;
    }
  };

  const obstacleOf = (facts, named, others) => {
    const words = byId("widget-models").dataset;
    const fill = (text, models) => text.replace("{models}", () => models.map(({ name }) => name).join(", "));
    const present = [...named, ...others];
    const reasons = [];
    const isFull = named.length >= Number(words.most);
    const inTheWay = isFull ? named : present;
    const surplus = inTheWay.length - Number(words.most) + 1;
    if (surplus > 0) {
      const full = fill(isFull ? words.full : words.fullTicked, inTheWay);
      reasons.push(full.replace("{count}", inTheWay.length).replace("{surplus}", surplus === 1 ? "one" : surplus));
    }
    const foreign = present.filter(({ ref }) => ref && facts.ref && ref !== facts.ref);
    if (foreign.length) reasons.push(fill(words.embeddings, foreign));
    const status = present.filter(({ kind }) => kind === "assertion");
    if (facts.kind === "assertion" && status.length) reasons.push(fill(words.assertion, status));
    return reasons.join(" ");
  };

  const block = (model, obstacle) => {
    const line = model.querySelector(".obstacle");
    line.hidden = !obstacle;
    line.textContent = obstacle;
    model.classList.toggle("blocked", Boolean(obstacle));
    model.querySelector("input[name=whole]").disabled = Boolean(obstacle);
    for (const label of labelsOf(model)) label.disabled = Boolean(obstacle);
  };

  // What the ticks so far rule out says so, and is free again once they are gone.
  const update = () => {
    const models = all(".model");
    if (!models.length) return;
    const named = JSON.parse(byId("widget-models").dataset.named);
    const counts = models.map((model) => labelsOf(model).filter(ticked).length);
    const chosen = models.filter((model, place) => counts[place] && !("inConfig" in model.dataset)).map(factsOf);
    models.forEach((model, place) => {
      const free = counts[place] || "inConfig" in model.dataset || "lasting" in model.dataset;
      if (!free) block(model, obstacleOf(factsOf(model), named, chosen));
      showWhole(model);
      showMappings(model);
    });
    const labels = counts.reduce((sum, count) => sum + count, 0);
    const owners = counts.filter(Boolean).length;
    byId("widget-ticked").textContent = labels ? `${plural(labels, "label")} of ${plural(owners, "model")} ticked` : "";
  };

  // Lines that appear above must not move the box under the pointer.
  const holdingStill = (element, change) => {
    const before = element.getBoundingClientRect().top;
    change();
    const moved = element.getBoundingClientRect().top - before;
    const list = byId("widget-list");
    const scroller = list.scrollHeight > list.clientHeight ? list : document.scrollingElement;
    if (moved) scroller.scrollTop += moved;
  };

  // Search and filters

  // Labels that a search is about; a folded list then shows these and no others.
  const markHits = (model, words) => {
    const name = model.dataset.name.toLowerCase();
    const asked = words.filter((word) => !name.includes(word));
    const list = model.querySelector(".model-labels");
    let hits = 0;
    for (const chip of list.children) {
      const text = asked.length && hits < MOST_HITS ? chip.textContent.toLowerCase() : "";
      const hit = Boolean(text) && asked.every((word) => text.includes(word));
      chip.classList.toggle("hit", hit);
      hits += hit;
    }
    list.classList.toggle("searched", hits > 0);
  };

  const filter = () => {
    const query = byId("widget-search");
    if (!query) return;
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = all("select[data-filter]").filter(({ value }) => value);
    let shown = 0;
    for (const model of all(".model")) {
      const { dataset } = model;
      const fits =
        words.every((word) => dataset.search.includes(word)) &&
        wanted.every((select) => dataset[select.dataset.filter] === select.value);
      model.hidden = !fits;
      shown += fits;
      if (!fits) continue;
      markHits(model, words);
    }
    for (const group of all(".model-group")) group.hidden = !group.querySelector(".model:not([hidden])");
    const total = all(".model").length;
    const narrowed = words.length || wanted.length;
    byId("widget-count").textContent = narrowed ? `${shown} of ${plural(total, "model")}` : plural(total, "model");
    byId("widget-none").hidden = shown > 0 || !total;
    byId("widget-clear").hidden = !narrowed;
  };

  const clear = () => {
    byId("widget-search").value = "";
    for (const select of all("select[data-filter]")) select.value = "";
    filter();
    byId("widget-search").focus();
  };

  const unfold = (button, open) => {
    const list = button.parentElement.querySelector(".model-labels");
    list.classList.toggle("folded", !open);
    button.dataset.closed ||= button.textContent;
    button.textContent = open ? "Show fewer labels" : button.dataset.closed;
    button.setAttribute("aria-expanded", open);
  };

  // Into the editor

  let step = null; // {before, after} of the last change that an answer made; keys: its undo keys are ours to answer
  let sent = null; // the editor's text as the answer on its way knows it

  // Only insertText is undone by the editor's own Ctrl+Z; what is the same at both ends stays untouched.
  const write = (text) => {
    const old = editor.value;
    let start = 0;
    let same = 0;
    const shorter = Math.min(old.length, text.length);
    while (start < shorter && old[start] === text[start]) start += 1;
    while (same < shorter - start && old[old.length - 1 - same] === text[text.length - 1 - same]) same += 1;
    // A pair of surrogates is one character: never cut it.
    if (start && /[\uD800-\uDBFF]/.test(old[start - 1])) start -= 1;
    if (same && /[\uDC00-\uDFFF]/.test(old[old.length - same])) same -= 1;
    const piece = text.slice(start, text.length - same);
    const focused = document.activeElement;
    const { scrollTop, scrollLeft } = editor;
    const [x, y] = [window.scrollX, window.scrollY];
    editor.focus({ preventScroll: true });
    editor.setSelectionRange(start, old.length - same);
    const removed = old.slice(start, old.length - same);
    const short = [piece, removed].every((part) => part.split("\n").length <= MOST_TYPED_LINES);
    const done = short && (piece ? document.execCommand("insertText", false, piece) : document.execCommand("delete"));
    if (!done || editor.value !== text) {
      editor.value = text;
      editor.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (!short && step) step.keys = true;
    focused?.focus({ preventScroll: true });
    editor.scrollTop = scrollTop;
    editor.scrollLeft = scrollLeft;
    window.scrollTo(x, y);
  };

  const showUndo = () => {
    const button = byId("widget-undo");
    if (!button) return;
    const undone = step && editor.value === step.before;
    button.textContent = undone ? "Redo" : "Undo";
    button.disabled = !(step && (undone || editor.value === step.after));
  };

  const undo = () => {
    const back = editor.value === step.after;
    write(back ? step.before : step.after);
    byId("widget-message").textContent = back ? "Undone: the config is as it was before." : "Done again. Save to keep it.";
    showUndo();
  };

  const take = () => {
    const changed = byId("changed-config");
    if (!changed) return;
    const text = changed.value;
    changed.remove();
    if (editor.value !== sent) {
      byId("widget-message").textContent = "Nothing was changed: the config changed meanwhile. Do it again.";
      refresh();
      return;
    }
    const lost = document.activeElement === document.body;
    step = { before: sent, after: text };
    write(text);
    showUndo();
    if (lost) byId("widget-undo").focus({ preventScroll: true });
  };

  // Answers

  let kept = null;

  const refresh = () => {
    const widget = byId("model-widget");
    if (!widget) return;
    window.htmx.ajax("POST", widget.dataset.refresh, { source: widget, target: "#widget-models", swap: "outerHTML" });
  };

  const keep = () => {
    kept = {
      labels: new Set(all("input[name=label]").filter(ticked).map(({ value }) => value)),
      radios: new Map(all(".mapping:not([hidden]) input:checked").map(({ name, value }) => [name, value])),
      open: new Set(all(".model-quality[open]").map((details) => details.closest(".model").dataset.key)),
      unfolded: new Set(all(".show-all[aria-expanded=true]").map((button) => button.closest(".model").dataset.key)),
      scroll: byId("widget-list").scrollTop,
    };
  };

  const tickAgain = () => {
    for (const label of all("input[name=label]:not(:disabled)")) label.checked = kept.labels.has(label.value);
    for (const radio of all(".mapping input")) if (kept.radios.has(radio.name)) radio.checked = kept.radios.get(radio.name) === radio.value;
  };

  const openAgain = () => {
    for (const model of all(".model")) {
      const { key } = model.dataset;
      if (kept.open.has(key)) model.querySelector(".model-quality")?.setAttribute("open", "");
      if (kept.unfolded.has(key)) unfold(model.querySelector(".show-all"), true);
    }
  };

  const afterSwap = () => {
    if (kept) openAgain();
    update();
    filter();
    if (kept) byId("widget-list").scrollTop = kept.scroll;
    kept = null;
    take();
  };

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const { parameters, path } = detail;
    const widget = byId("model-widget");
    if (!widget || !widget.contains(detail.elt)) return;
    sent = editor.value;
    // A whole model says it in one field; thousands of labels would be more than a request may hold.
    const adding = path === widget.getAttribute("hx-post");
    const whole = new Set(adding ? parameters.getAll?.("whole") ?? [].concat(parameters.whole ?? []) : []);
    const labels = adding ? all("input[name=label]").filter((label) => ticked(label) && !whole.has(label.value.split(":")[0])) : [];
    delete parameters.label;
    if (!adding) delete parameters.whole;
    if (labels.length) parameters.label = labels.map(({ value }) => value);
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target.id === "widget-models" && detail.shouldSwap && keep());
  // Before anybody ticks what came; classes are htmx's until all has settled.
  document.addEventListener("htmx:afterSwap", ({ target }) => target.id === "widget-models" && kept && tickAgain());
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const widget = byId("model-widget");
    if (!widget) return;
    if (!widget.dataset.begun) {
      widget.dataset.begun = "yes";
      afterSwap();
      // The widget came for the stored config; the editor may hold one that is not saved, or a restored one.
      if (editor.hasAttribute("data-unsaved") || editor.value !== editor.defaultValue) refresh();
    } else if (detail.target?.id === "widget-models" || detail.elt?.id === "widget-models") afterSwap();
  });

  document.addEventListener("change", ({ target }) => {
    if (!target.closest?.("#model-widget")) return;
    if (target.dataset.filter) return filter();
    const isWhole = target.name === "whole";
    if (!isWhole && target.name !== "label") return;
    if (isWhole) {
      for (const label of labelsOf(target.closest(".model"))) if (!label.disabled) label.checked = target.checked;
    }
    holdingStill(target, update);
  });

  document.addEventListener("click", ({ target }) => {
    if (target.id === "widget-clear") clear();
    else if (target.id === "widget-undo") undo();
    else if (target.matches?.("#model-widget .show-all")) unfold(target, target.getAttribute("aria-expanded") !== "true");
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "widget-search" && event.key === "Enter") event.preventDefault();
    if (event.target !== editor || !step?.keys || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    const back = key === "z" && !event.shiftKey;
    const again = key === "y" || (key === "z" && event.shiftKey);
    if ((back && editor.value === step.after) || (again && editor.value === step.before)) {
      event.preventDefault();
      undo();
    }
  });

  let timer = 0;
  document.addEventListener("input", ({ target }) => {
    if (target.id === "widget-search") filter();
    if (target !== editor) return;
    showUndo();
    clearTimeout(timer);
    timer = setTimeout(refresh, REFRESH_MS);
  });
})();

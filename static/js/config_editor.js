// The XML editor: line numbers beside the text, jumping to a problem's line, templates, keeping the place over a save,
// and what was left unsaved until it is saved or dropped.
(() => {
  "use strict";

  const editor = document.getElementById("labeling-config");
  const gutter = document.querySelector(".code-editor .gutter");
  const form = document.getElementById("config-form");
  const unsaved = document.getElementById("unsaved");
  // What a refused save or a template brought is not what is stored.
  const stored = editor.hasAttribute("data-unsaved") ? null : editor.value;
  const place = `editor:${location.pathname}`;
  const version = form.elements.config_version;
  const offer = document.getElementById("left-config");
  const leftKey = `config of ${form.dataset.user}:${location.pathname}`;
  let numbered = 0;

  const number = () => {
    const lines = editor.value.split("\n").length;
    if (lines !== numbered) gutter.textContent = Array.from({ length: lines }, (_, index) => index + 1).join("\n");
    numbered = lines;
    gutter.scrollTop = editor.scrollTop;
  };

  const goTo = (line) => {
    const lines = editor.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    editor.focus();
    editor.setSelectionRange(start, start + (lines[line - 1] || "").length);
    const height = parseFloat(getComputedStyle(editor).lineHeight);
    editor.scrollTop = Math.max(0, (line - 4) * height);
  };

  const update = () => {
    number();
    unsaved.hidden = editor.value === stored;
  };

  editor.addEventListener("input", update);
  editor.addEventListener("scroll", () => (gutter.scrollTop = editor.scrollTop), { passive: true });

  document.getElementById("config-problems").addEventListener("click", ({ target }) => {
    const line = Number(target.closest("[data-line]")?.dataset.line);
    if (line) goTo(line);
  });

  // Typed for the person, so that the browser's own undo takes all of it back in one step.
  const replaceAll = (text) => {
    editor.focus();
    editor.select();
    if (!document.execCommand("insertText", false, text)) {
      editor.value = text;
      editor.dispatchEvent(new Event("input", { bubbles: true }));
    }
    editor.setSelectionRange(0, 0);
    editor.scrollTop = 0;
  };

  document.getElementById("starting-configs").addEventListener("click", (event) => {
    const start = event.target.closest("[data-xml]");
    if (!start) return;
    event.preventDefault();
    const isUnsaved = editor.value !== stored && editor.value.trim() !== "";
    if (isUnsaved && !window.confirm("Replace what you wrote and did not save? Ctrl+Z brings it back.")) return;
    start.closest("details").open = false;
    replaceAll(start.dataset.xml);
  });

  // A second click would be told that somebody else, its own first one, saved meanwhile.
  let isSent = false;
  window.addEventListener("pageshow", () => (isSent = false));
  form.addEventListener("submit", (event) => {
    if (!offer.hidden) {
      event.preventDefault();
      offer.querySelector("button").focus();
      return;
    }
    if (isSent) event.preventDefault();
    isSent = true;
    sessionStorage.setItem(place, JSON.stringify([editor.selectionStart, editor.selectionEnd, editor.scrollTop]));
    window.removeEventListener("beforeunload", warn);
  });

  const warn = (event) => {
    if (editor.value !== stored) event.preventDefault();
  };
  window.addEventListener("beforeunload", warn);

  // A save that ends at the login page, or at a form that is out of date, brings nothing back.
  let isDropped = false;
  const keep = () => {
    // What is offered is not overwritten before it is decided about.
    if (!offer.hidden) return false;
    try {
      if (isDropped || editor.value === stored) sessionStorage.removeItem(leftKey);
      else sessionStorage.setItem(leftKey, JSON.stringify({ xml: editor.value, version: version.value, at: Date.now() }));
      return true;
    } catch {
      return false;
    }
  };
  window.addEventListener("pagehide", keep);
  document.addEventListener("signed-out", () => keep() && window.removeEventListener("beforeunload", warn));
  editor.addEventListener("input", () => (isDropped = false));
  for (const link of document.querySelectorAll("[data-drop-config]")) link.addEventListener("click", () => (isDropped = true));

  const left = JSON.parse(sessionStorage.getItem(leftKey) || "null");
  if (left && left.xml !== editor.value) {
    const since = left.version === version.value ? "" : `, made from version ${left.version}`;
    offer.querySelector("span").textContent = `${new Date(left.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}${since}`;
    offer.hidden = false;
  }
  offer.addEventListener("click", ({ target }) => {
    if (!target.closest("button")) return;
    offer.hidden = true;
    if (target.closest("[data-take]")) {
      replaceAll(left.xml);
      // Who saved another one meanwhile is then told of.
      version.value = left.version;
    }
    keep();
    editor.focus();
  });

  const kept = JSON.parse(sessionStorage.getItem(place) || "null");
  sessionStorage.removeItem(place);
  const asked = document.getElementById("confirmation-title");
  if (asked) asked.focus();
  if (kept) {
    if (!asked) editor.focus({ preventScroll: true });
    editor.setSelectionRange(kept[0], kept[1]);
    editor.scrollTop = kept[2];
  }
  update();
})();

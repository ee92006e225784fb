// The XML editor: line numbers beside the text, jumping to a problem's line, templates, keeping the place over a save.
(() => {
  "use strict";

  const editor = document.getElementById("labeling-config");
  const gutter = document.querySelector(".code-editor .gutter");
  const form = document.getElementById("config-form");
  const unsaved = document.getElementById("unsaved");
  // What a refused save or a template brought is not what is stored.
  const stored = editor.hasAttribute("data-unsaved") ? null : editor.value;
  const place = `editor:${location.pathname}`;
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
    if (isSent) event.preventDefault();
    isSent = true;
    sessionStorage.setItem(place, JSON.stringify([editor.selectionStart, editor.selectionEnd, editor.scrollTop]));
    window.removeEventListener("beforeunload", warn);
  });

  const warn = (event) => {
    if (editor.value !== stored) event.preventDefault();
  };
  window.addEventListener("beforeunload", warn);

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

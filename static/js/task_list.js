// Selecting tasks: the box in the head stands for this page, Shift extends from the last tick, ticks outlive a reload of the rows.
(() => {
  "use strict";

  const all = document.getElementById("tick-page");
  const rows = document.getElementById("task-rows");
  const selected = document.getElementById("selected");
  if (!all || !rows) return;

  const boxes = () => [...rows.querySelectorAll('input[name="task"]')];
  let last = null;
  let shift = false;
  let ticked = new Set();

  const show = () => {
    const page = boxes();
    const count = page.filter((box) => box.checked).length;
    all.checked = count > 0 && count === page.length;
    all.indeterminate = count > 0 && count < page.length;
    selected.textContent = count ? `${count} selected` : "";
  };

  rows.addEventListener("click", (event) => {
    shift = event.shiftKey;
  });

  rows.addEventListener("change", ({ target }) => {
    const page = boxes();
    const from = page.findIndex((box) => box.value === last);
    const to = page.indexOf(target);
    if (to < 0) return;
    if (shift && from >= 0) {
      for (const box of page.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = target.checked;
    }
    last = target.value;
    show();
  });

  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    show();
  });

  document.addEventListener("htmx:beforeSwap", ({ target }) => {
    if (target === rows) ticked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });

  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target !== rows) return;
    for (const box of boxes()) box.checked = ticked.has(box.value);
    show();
  });

  // The browser restores ticks by itself when one comes back to the page.
  window.addEventListener("pageshow", show);
})();

// Selecting tasks. Ticks outlive paging, sorting and reloads: they are kept for the project in this tab's storage. They
// outlive another filter too, which may show them on no page: how many those are is said. The box in the head stands for
// this page, Shift extends from the last tick, and once the whole page is ticked, all tasks that match the filter can be
// meant, wherever they are.
(() => {
  "use strict";

  const form = document.getElementById("selection");
  if (!form) {
    tidyFilter();
    return;
  }
  const head = document.getElementById("tick-page");
  const rows = document.getElementById("task-rows");
  const selected = document.getElementById("selected");
  const selectAll = document.getElementById("select-all");
  const clear = document.getElementById("clear-selection");
  const leaveOut = document.getElementById("leave-out");
  const bulk = [...form.querySelectorAll("[data-bulk]")];
  const key = `selection:${form.dataset.project}`;
  const filter = form.elements.filter.value;
  const number = new Intl.NumberFormat("en");

  let ids = new Set();
  let everything = null; // the exact count of all that match, where all of them are meant
  let matching = null; // the exact count, once asked for
  let outside = filter ? null : new Set(); // what is ticked and on no page of this filter's, once asked for
  let asked = 0;
  let last = null;
  let shift = false;

  const boxes = () => (rows ? [...rows.querySelectorAll('input[name="task"]')] : []);

  const load = () => {
    try {
      const stored = JSON.parse(sessionStorage.getItem(key)) || {};
      ids = new Set(stored.ids || []);
      everything = stored.everything && stored.everything.filter === filter ? stored.everything.count : null;
    } catch {
      ids = new Set();
    }
  };

  const save = () => {
    const stored = { ids: [...ids], everything: everything === null ? null : { filter, count: everything } };
    try {
      sessionStorage.setItem(key, JSON.stringify(stored));
    } catch {
      // Without storage the ticks last as long as the page.
    }
  };

  const onPage = () => new Set(boxes().map((box) => box.value));

  // Of what is ticked, what no page of this list shows.
  const hidden = () => {
    const page = onPage();
    return everything === null && outside ? [...outside].filter((id) => ids.has(id) && !page.has(id)) : [];
  };

  const words = (here) => {
    if (everything !== null) return `All ${number.format(everything)} that match selected`;
    if (!ids.size) return "";
    const said = [`${number.format(ids.size)} selected`];
    const notListed = hidden().length;
    const elsewhere = ids.size - here - notListed;
    if (elsewhere) said.push(`${number.format(elsewhere)} ${outside ? "on other pages" : "not on this page"}`);
    if (notListed) said.push(`${number.format(notListed)} not in this list`);
    return said.join(", ");
  };

  const show = () => {
    const page = boxes();
    for (const box of page) box.checked = everything !== null || ids.has(box.value);
    const here = page.filter((box) => box.checked).length;
    if (head) {
      head.checked = here > 0 && here === page.length;
      head.indeterminate = here > 0 && here < page.length;
    }
    selected.textContent = words(here);
    leaveOut.hidden = !hidden().length;
    clear.hidden = everything === null && !ids.size;
    const offered = everything === null && here > 0 && here === page.length && matching !== null && matching > page.length;
    selectAll.hidden = !offered;
    if (offered) selectAll.textContent = `Select all ${number.format(matching)} that match`;
    for (const button of bulk) button.disabled = everything === null && !ids.size;
  };

  const changed = () => {
    save();
    show();
  };

  const countMatching = async () => {
    matching = null;
    try {
      const answer = await fetch(`${form.dataset.countUrl}?${filter}`, { headers: { Accept: "application/json" } });
      if (answer.ok) matching = (await answer.json()).count;
    } catch {
      // The offer is then not made.
    }
    show();
  };

  const askOutside = async () => {
    const page = onPage();
    if (!filter || everything !== null || [...ids].every((id) => page.has(id))) return;
    const turn = ++asked;
    const body = new FormData();
    body.set("task", [...ids].join(","));
    body.set("filter", filter);
    try {
      const answer = await fetch(form.dataset.outsideUrl, { method: "POST", body, headers: JSON.parse(document.body.getAttribute("hx-headers")) });
      const found = answer.ok && (await answer.json()).ids;
      if (found && turn === asked) outside = new Set(found.map(String));
    } catch {
      // Then it is only said that they are not on this page.
    }
    show();
  };

  const set = (box, ticked) => (ticked ? ids.add(box.value) : ids.delete(box.value));

  // One task less than all: what is left of them on this page stays ticked.
  const leaveEverything = () => {
    everything = null;
    for (const box of boxes()) set(box, box.checked);
  };

  rows?.addEventListener("click", (event) => {
    shift = event.shiftKey;
  });

  rows?.addEventListener("change", ({ target }) => {
    const page = boxes();
    const to = page.indexOf(target);
    if (to < 0) return;
    if (everything !== null) leaveEverything();
    const from = page.findIndex((box) => box.value === last);
    const range = shift && from >= 0 ? page.slice(Math.min(from, to), Math.max(from, to) + 1) : [target];
    for (const box of range) set(box, target.checked);
    last = target.value;
    changed();
  });

  head?.addEventListener("change", () => {
    if (everything !== null) leaveEverything();
    for (const box of boxes()) set(box, head.checked);
    changed();
    if (head.checked) countMatching();
  });

  selectAll.addEventListener("click", () => {
    everything = matching;
    changed();
    clear.focus();
  });

  const forget = () => {
    ids.clear();
    everything = null;
    changed();
  };

  clear.addEventListener("click", () => {
    forget();
    head?.focus();
  });
  document.addEventListener("selection-gone", forget);

  leaveOut.addEventListener("click", () => {
    for (const id of hidden()) ids.delete(id);
    changed();
    (ids.size ? clear : head)?.focus();
  });

  // What is sent: everything that is ticked, on other pages too, and not one field for each.
  const write = (data) => {
    for (const name of ["task", "everything", "count"]) data.delete(name);
    if (everything !== null) {
      data.set("everything", "1");
      data.set("count", everything);
    } else if (ids.size) {
      data.set("task", [...ids].join(","));
      data.set("count", ids.size);
    }
    data.set("page", boxes().map((box) => box.value).join(","));
    data.set("filter", filter);
  };

  document.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (target === form || target.form === form) write(detail.formData);
  });

  // Of tasks that somebody else has deleted, the page hears only where it asks about those that are ticked.
  const forgetGone = (gone) => {
    for (const id of gone.split(",")) ids.delete(id);
    changed();
  };

  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target === rows) {
      show();
      askOutside();
    }
    const told = target.id === "popup-body" && target.querySelector("[data-gone]");
    if (told) forgetGone(told.dataset.gone);
  });

  window.addEventListener("pageshow", () => {
    load();
    show();
    askOutside();
  });
  load();
  show();
  tidyFilter();

  // An address holds only what narrows the list.
  function tidyFilter() {
    const fields = document.getElementById("filter");
    fields?.addEventListener("submit", () => {
      for (const field of fields.elements) if (field.name && !field.value.trim()) field.disabled = true;
    });
    window.addEventListener("pageshow", () => {
      for (const field of fields?.elements ?? []) field.disabled = false;
    });
  }
})();

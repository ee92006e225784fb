// Moving about a task: between its regions, from the list into the text, and to the neighbouring tasks.
(() => {
  "use strict";

  const text = document.getElementById("text");
  const list = document.getElementById("regions");
  const marks = [...text.querySelectorAll("mark")];
  const buttons = list ? [...list.querySelectorAll("button")] : [];
  if (marks.length) marks[0].tabIndex = 0;

  // One stop of the Tab key for all of them; arrows move inside.
  const moveTo = (elements, element) => {
    for (const other of elements) if (other.tabIndex === 0) other.tabIndex = -1;
    element.tabIndex = 0;
    element.focus();
  };

  const piecesOf = (number) => marks.filter((mark) => mark.dataset.regions.split(" ").includes(number));

  const highlight = (number) => {
    for (const mark of text.querySelectorAll("mark.current")) mark.classList.remove("current");
    for (const mark of piecesOf(number)) mark.classList.add("current");
    for (const button of buttons) {
      if (button.dataset.region === number) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  };

  const step = (elements, current, key) => {
    const place = elements.indexOf(current);
    if (key === "Home") return elements[0];
    if (key === "End") return elements[elements.length - 1];
    if (key === "ArrowDown" || key === "ArrowRight") return elements[place + 1];
    if (key === "ArrowUp" || key === "ArrowLeft") return elements[place - 1];
    return null;
  };

  const onArrow = (elements) => (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !elements.includes(document.activeElement)) return;
    const next = step(elements, document.activeElement, event.key);
    if (!next) return;
    event.preventDefault();
    moveTo(elements, next);
    next.scrollIntoView({ block: "nearest" });
  };

  text.addEventListener("keydown", onArrow(marks));
  text.addEventListener("keydown", (event) => {
    const number = event.key === "Enter" && event.target.dataset.regions?.split(" ").pop();
    const button = number && buttons[Number(number) - 1];
    if (!button) return;
    event.preventDefault();
    moveTo(buttons, button);
    button.scrollIntoView({ block: "nearest" });
  });
  text.addEventListener("focusin", ({ target }) => {
    if (target.dataset.regions) highlight(target.dataset.regions.split(" ").pop());
  });
  text.addEventListener("click", ({ target }) => {
    const mark = target.closest("mark");
    if (!mark) return;
    const number = mark.dataset.regions.split(" ").pop();
    highlight(number);
    buttons[Number(number) - 1]?.scrollIntoView({ block: "nearest" });
  });

  list?.addEventListener("keydown", onArrow(buttons));
  list?.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    const piece = button && piecesOf(button.dataset.region)[0];
    if (!piece) return;
    piece.scrollIntoView({ block: "center" });
    moveTo(marks, piece);
    highlight(button.dataset.region);
  });

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, dialog")) return;
    const rel = { "[": "prev", "]": "next" }[event.key];
    document.querySelector(`.toolbar a[rel="${rel}"]`)?.click();
  });
})();

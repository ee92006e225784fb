// One tooltip for everything that carries data-tip: on hover and on focus, gone with Escape.
(() => {
  "use strict";

  const tip = document.getElementById("tip");
  const gap = 6;
  let owner = null;

  const hide = () => {
    owner?.removeAttribute("aria-describedby");
    owner = null;
    tip.hidden = true;
  };

  const show = (element, x) => {
    if (owner === element) return;
    hide();
    owner = element;
    tip.textContent = element.dataset.tip;
    // Inside an open dialog only what belongs to it is visible.
    (element.closest("dialog") || document.body).append(tip);
    tip.hidden = false;
    element.setAttribute("aria-describedby", "tip");
    // A region that wraps has several boxes: the tip stands at the one under the pointer, or at the first.
    const boxes = [...element.getClientRects()];
    const box = boxes.find((rect) => x && x.clientY >= rect.top && x.clientY <= rect.bottom) || boxes[0];
    if (!box) return hide();
    const above = box.top - tip.offsetHeight - gap;
    const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - gap);
    tip.style.left = `${Math.max(gap, left)}px`;
    tip.style.top = `${above < gap ? box.bottom + gap : above}px`;
  };

  document.addEventListener("pointerover", (event) => {
    if (event.target.closest?.("#tip")) return;
    const element = event.target.closest?.("[data-tip]");
    if (element) show(element, event);
    else if (owner && owner !== document.activeElement) hide();
  });
  document.addEventListener("focusin", ({ target }) => (target.dataset?.tip ? show(target) : hide()));
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, { capture: true, passive: true });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("htmx:afterSwap", () => owner && !owner.isConnected && hide());
})();

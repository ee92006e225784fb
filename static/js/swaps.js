// A fragment that arrives must not undo what somebody does at that moment: what is pressed stays until it is released,
// what is folded out stays folded out, a log stays where it was read, and fields that have changed since they were sent
// keep what they say.
(() => {
  "use strict";

  const kept = new WeakMap(); // by request

  const fieldsAround = (element) => {
    const form = element.closest("form[data-live]");
    return form && new URLSearchParams(new FormData(form)).toString();
  };

  // Asked by the page and not by a click: it polls, or some other fragment has told it to.
  const isOnItsOwn = ({ elt, triggeringEvent }) =>
    triggeringEvent ? !triggeringEvent.isTrusted : elt.matches('[hx-trigger^="every"]');

  // Also what stands elsewhere, and comes anew with it.
  const isPressed = (target) => target.matches(":active") || Boolean(document.querySelector(`[data-comes-with="${target.id}"]:active`));

  const onceReleased = (target, run) => {
    const look = () => (isPressed(target) ? setTimeout(look, 100) : run());
    setTimeout(look, 100);
  };

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    kept.set(detail.xhr, { fields: fieldsAround(detail.elt) });
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { xhr, target, requestConfig } = detail;
    if (!detail.shouldSwap) return;
    // The next answer to a poll comes by itself.
    if (isPressed(target) && isOnItsOwn(requestConfig)) {
      detail.shouldSwap = false;
      const event = requestConfig.triggeringEvent;
      if (event) onceReleased(target, () => htmx.trigger(document.body, event.type));
      return;
    }
    // A field that is still being filled in asks again once it is left.
    const { fields } = kept.get(xhr);
    if (fields !== fieldsAround(requestConfig.elt)) {
      detail.shouldSwap = false;
      return;
    }
    kept.set(xhr, {
      // A question is not kept: what it asks may have changed.
      open: [...document.querySelectorAll("details[id][open]:not(.ask)")].map(({ id }) => id),
      scrolled: [...document.querySelectorAll("pre[id]")].map(({ id, scrollTop }) => [id, scrollTop]),
    });
  });

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const { open = [], scrolled = [] } = kept.get(detail.xhr) ?? {};
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, top] of scrolled) document.getElementById(id)?.scrollTo(0, top);
  });
})();

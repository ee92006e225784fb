// Opens a dialog once a fragment has arrived in its body, and empties it on closing so that nothing in it polls on.
(() => {
  "use strict";

  let opener = null;
  // Set by a request from outside: what settles after a dialog was closed must not open it again.
  let wanted = false;

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target?.id !== "popup-body" || detail.target.closest("dialog").open) return;
    opener = document.activeElement;
    wanted = true;
  });

  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id !== "popup-body" || !wanted) return;
    const dialog = target.closest("dialog");
    if (dialog.open) return;
    wanted = false;
    dialog.showModal();
    const first = target.querySelector("[autofocus], .primary:not(:disabled), button:not(:disabled), a[href], input:not([type=hidden])");
    first?.focus();
  });

  // What a click has started, or why it has not, stands below what the popup lists.
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id !== "popup-run") return;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  });

  document.addEventListener(
    "close",
    ({ target }) => {
      const body = target.querySelector("#popup-body");
      // Other dialogs give the focus back by themselves.
      if (!body) return;
      body.replaceChildren();
      const back = opener?.isConnected ? opener : document.getElementById("main");
      back.focus();
      opener = null;
    },
    true, // `close` does not bubble
  );
})();

// Opens a dialog once a fragment has arrived in its body, and empties it on closing so that nothing in it polls on.
(() => {
  "use strict";

  let opener = null;

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target?.id === "popup-body") opener = document.activeElement;
  });

  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id !== "popup-body") return;
    const dialog = target.closest("dialog");
    if (dialog.open) return;
    dialog.showModal();
    const first = target.querySelector("[autofocus], .primary:not(:disabled), button:not(:disabled), a[href], input:not([type=hidden])");
    first?.focus();
  });

  document.addEventListener(
    "close",
    ({ target }) => {
      target.querySelector("#popup-body")?.replaceChildren();
      const back = opener?.isConnected ? opener : document.getElementById("main");
      back.focus();
      opener = null;
    },
    true, // `close` does not bubble
  );
})();

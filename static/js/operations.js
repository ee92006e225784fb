// Asks for nothing while nobody looks, and leaves an opened question alone.
document.addEventListener("htmx:beforeRequest", (event) => {
  "use strict";
  if (event.detail.elt.id !== "operations") return;
  if (document.hidden || document.querySelector("#operations details.ask[open]")) event.preventDefault();
});

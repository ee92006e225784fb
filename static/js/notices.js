// A request of a fragment that fails must not end in silence, and a login page must not end up inside another page.
(() => {
  "use strict";

  const reasons = {
    400: "The server could not read the request. Reload the page and try again.",
    403: "Not allowed: your roles in this project don't cover this, or this page is out of date. Reload it.",
    404: "This is no longer there. Reload the page.",
    413: "What you sent is larger than 16 MB. Nothing was saved.",
  };

  const show = (message) => {
    // An open dialog lies above the page and makes it inert.
    const dialog = document.querySelector("dialog[open] #popup-body");
    const place = dialog || document.getElementById("notices");
    place.querySelector("[data-request-failed]")?.remove();
    const notice = document.createElement("p");
    notice.className = "notice error";
    notice.dataset.requestFailed = "";
    notice.setAttribute("role", "alert");
    notice.textContent = message;
    place.prepend(notice);
  };

  document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    const id = xhr.getResponseHeader("X-Error-Id");
    const failed = `The server failed (${xhr.status})${id ? `; the details are in its log under ${id}` : ""}. Try again.`;
    show(reasons[xhr.status] || failed);
  });

  document.addEventListener("htmx:sendError", () => show("The server does not answer. Check the connection and try again."));

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) document.querySelectorAll("[data-request-failed]").forEach((notice) => notice.remove());
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const address = event.detail.xhr.responseURL;
    if (!address || new URL(address).pathname !== "/account/login/") return;
    event.detail.shouldSwap = false;
    document.dispatchEvent(new Event("signed-out"));
    location.reload();
  });
})();

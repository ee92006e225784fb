// On a narrow screen the tabs scroll sideways: the one of this page is brought into sight, without moving the page.
(() => {
  "use strict";

  const tabs = document.querySelector(".tabs");
  const current = tabs?.querySelector("[aria-current]");
  if (current) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
})();

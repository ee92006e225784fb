// Two states of one completion, side by side in words: only here, only stored, changed.

import { asideKey, choicesOf, isRelation, labelsOf, NOTE, Regions, written } from "./regions.js";

const words = (key, item) => {
  if (item === null) return "";
  if (key === NOTE) return `Note: ${item}`;
  if (isRelation(item)) return `Relation ${(item.labels || []).join(", ")}`;
  if (item.region !== undefined && asideKey(item) === key) return "A suggestion that was rejected";
  const said = [...labelsOf(item), ...choicesOf(item)].join(", ");
  const text = item.value.text ? `${said} on “${item.value.text.slice(0, 80)}”` : `${item.from_name}: ${said}`;
  return item.meta?.text?.length ? `${text}, note “${item.meta.text.join(" ").slice(0, 80)}”` : text;
};

const plain = (item) => {
  if (!item?.value) return written(item);
  const { start, end, labels, choices } = item.value;
  return JSON.stringify([start, end, labels, choices, item.meta?.text]);
};

// mine, theirs: Maps of items. [{key, mine, theirs}] of what differs, in words; "" where one has nothing.
export const differences = (mine, theirs) =>
  [...new Set([...mine.keys(), ...theirs.keys()])]
    .filter((key) => plain(mine.get(key) ?? null) !== plain(theirs.get(key) ?? null))
    .map((key) => ({ key, mine: words(key, mine.get(key) ?? null), theirs: words(key, theirs.get(key) ?? null) }));

const SHOWN = 200;

const listed = (title, lines) => {
  const part = document.createElement("section");
  const list = document.createElement("ul");
  list.append(...lines.slice(0, SHOWN).map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  if (lines.length > SHOWN) list.append(Object.assign(document.createElement("li"), { textContent: `and ${lines.length - SHOWN} more` }));
  if (!lines.length) list.append(Object.assign(document.createElement("li"), { className: "muted", textContent: "Nothing" }));
  part.append(Object.assign(document.createElement("h3"), { textContent: title }), list);
  return part;
};

// Asks which of the two shall be. Resolves to "mine", "theirs", or null where it was closed: nothing is decided then.
export const askDifference = (dialog, why, mine, stored) => {
  const theirs = Regions.itemsOf(stored.result, stored.set_aside || [], stored.note || "");
  const found = differences(mine, theirs);
  dialog.querySelector(".difference-why").textContent = why;
  dialog.querySelector(".difference-lists").replaceChildren(
    listed("Only here", found.filter((one) => !one.theirs).map((one) => one.mine)),
    listed("Only stored", found.filter((one) => !one.mine).map((one) => one.theirs)),
    listed("Different", found.filter((one) => one.mine && one.theirs).map((one) => `here ${one.mine}, stored ${one.theirs}`)),
  );
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.onclick = ({ target }) => target.dataset.keep && dialog.close(target.dataset.keep);
    dialog.addEventListener("close", () => resolve(dialog.returnValue || null), { once: true });
    if (!dialog.open) dialog.showModal();
  });
};

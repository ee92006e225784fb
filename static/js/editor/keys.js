// One spelling for a pressed key, the one in which the Labeling Config's hotkeys come: "shift+d", "alt+left".

const NAMES = {
  " ": "space", Escape: "escape", Esc: "escape", Delete: "delete", ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left",
  ArrowRight: "right", PageUp: "pageup", PageDown: "pagedown",
};
const MAC = /Mac|iP(hone|ad|od)/.test(navigator.platform);

// All spellings under which this key may be meant, the likeliest first.
export const spellings = (event) => {
  if (event.isComposing || ["Shift", "Control", "Alt", "Meta", "Dead", "Process"].includes(event.key)) return [];
  const printed = (NAMES[event.key] || event.key).toLowerCase();
  // With Alt a Mac writes other characters; with Shift a digit is another character everywhere.
  const onKeyboard = /^(Key|Digit)(.)$/.exec(event.code || "")?.[2]?.toLowerCase();
  const modifiers = [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey && !event.getModifierState?.("AltGraph") ? "alt" : ""];
  const prefix = modifiers.filter(Boolean).map((name) => `${name}+`).join("");
  const named = printed.length > 1;
  const found = event.shiftKey ? [`${prefix}shift+${printed}`] : [];
  if (!event.shiftKey || !named) found.push(prefix + printed);
  if (onKeyboard && onKeyboard !== printed && (event.altKey || event.shiftKey)) {
    found.push(`${prefix}${event.shiftKey ? "shift+" : ""}${onKeyboard}`);
  }
  return found;
};

export const readable = (key) =>
  key
    .split("+")
    .map((part) => (part.length > 1 ? part[0].toUpperCase() + part.slice(1) : part))
    .join("+")
    .replace("Ctrl", MAC ? "⌘" : "Ctrl");

// Where letters are typed, keys write; only combinations are ours.
export const isTyping = (target) => Boolean(target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, dialog"));

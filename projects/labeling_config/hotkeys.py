from __future__ import annotations

import re

# What the editor itself answers to: the keys of static/js/editor/commands.js.
EDITOR_HOTKEYS = frozenset(
    {
        "?", "[", "]", "space", "tab", "shift+tab", "escape", "enter", "shift+enter", "ctrl+enter", "alt+enter",
        "delete", "backspace", "up", "down", "left", "right", "home", "end", "alt+left", "alt+right", "shift+left",
        "shift+right", "ctrl+shift+left", "ctrl+shift+right", "ctrl+alt+left", "ctrl+alt+right", "alt+a", "alt+c",
        "alt+n", "alt+r", "alt+s", "ctrl+y", "ctrl+z", "ctrl+shift+z",
    }
)  # fmt: skip
# And what browsers and screen readers need on every page. "?" comes with Shift on most keyboards.
RESERVED_HOTKEYS = EDITOR_HOTKEYS | {
    "shift+?", "insert", "pageup", "pagedown", "shift+up", "shift+down", "ctrl+a", "ctrl+c", "ctrl+f", "ctrl+l",
    "ctrl+n", "ctrl+p", "ctrl+r", "ctrl+s", "ctrl+t", "ctrl+v", "ctrl+w", "ctrl+x", "f1", "f5", "f6", "f7", "f11",
    "f12",
}  # fmt: skip

_ORDER = ("ctrl", "alt", "shift")
_ALIASES = {
    "esc": "escape", "return": "enter", "del": "delete", "spacebar": "space", "control": "ctrl", "cmd": "ctrl",
    "command": "ctrl", "meta": "ctrl", "option": "alt", "arrowup": "up", "arrowdown": "down", "arrowleft": "left",
    "arrowright": "right",
}  # fmt: skip
_NAMED = re.compile(
    r"f[1-9]|f1[0-2]|space|tab|escape|enter|delete|backspace|insert|up|down|left|right|home|end|pageup|pagedown"
)


def normal_form(hotkey: str) -> str | None:
    """One spelling for one key: lower case, modifiers in the order ctrl, alt, shift. None where no such key exists."""
    if hotkey == " ":
        return "space"
    text = hotkey.strip().lower()
    if len(text) == 1:
        return text if text.isprintable() else None
    *modifiers, key = [_ALIASES.get(part.strip(), part.strip()) for part in _split(text)]
    if set(modifiers) - set(_ORDER) or len(set(modifiers)) != len(modifiers):
        return None
    if not (len(key) == 1 and key.isprintable()) and not _NAMED.fullmatch(key):
        return None
    return "+".join([modifier for modifier in _ORDER if modifier in modifiers] + [key])


def _split(text: str) -> list[str]:
    return [*text[:-2].split("+"), "+"] if text.endswith("++") else text.split("+")

"""Texts that break offsets, made by the tests themselves."""

from random import Random
from typing import Final

PIECES: Final = (
    "aspirin",
    "fever",
    "chest pain",
    "The patient takes",
    "No",
    ".",
    "? ",
    "! ",
    ", ",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\u2028",
    "\u2029",
    "\u00a0",
    "\u200b",
    "\u200d",
    "\ufeff",
    "😀",
    "👨🏻‍🚒",
    "𝒳",
    "e\u0301",
    "ñ\u0323\u0302",
    "שלום",
    "مرحبا بك",
    "\u202eabc\u202c",
    "漢字かな。",
    "ไทย",
    "╟",
    "╠",
    "┬",
    "╚═╝",
    "\uf050",
    "\uf053",
    "ↇ",
    "\x01",
    "<b>",
    "&amp;",
    "{{x}}",
    "1.5mg",
    "°.",
    "a.b.c",
    "...",
    "\u2019s",
    "\u00ad",
    "\U000e0001",
)

NAMED: Final = (
    "",
    " ",
    "\n\t \r\n",
    "\u00a0",
    "\ufeffThe patient takes aspirin.",
    "😀 The patient takes aspirin for fever. 😀",
    "👨🏻‍🚒 takes aspirin.\r\n\r\n👨🏻‍🚒 has fever.",
    "𝒳aspirin𝒳 for fever",
    "e\u0301 aspirin e\u0301\u0302 fever",
    "a\rb\raspirin\rfever",
    "aspirin\u2028fever\u2029aspirin",
    "שלום aspirin מה fever",
    "╟ aspirin ╠ fever ┬ No ╔ cough. Stop ╩ aspirin.",
    "\x00aspirin\x00",
    "The patient takes\u00a0aspirin\u00a0for fever.",
    "." * 300,
    "(" * 300,
    "\ud800 aspirin \udfff fever",
)


def hostile_texts(count: int, seed: int = 7) -> list[str]:
    """The named ones and `count` mixtures."""
    random = Random(seed)
    return [*NAMED, *("".join(random.choices(PIECES, k=random.randint(1, 40))) for _ in range(count))]

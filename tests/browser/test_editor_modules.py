"""The editor's parts that touch no page, in the browser that runs them: offsets, regions, history, words."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser]

STATIC = Path(__file__).resolve().parents[2] / "static" / "js"
TEXTS = [
    "plain",
    "😀 𝒳 a 👨🏻‍🚒 b",
    "one\r\ntwo\rthree\u2028four\n",
    "שלום עולם and 😀 back",
    "e\u0301 \ufeff \u00a0 \u200d",
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def module_page(browser) -> Iterator[Page]:
    """A page that may import the scripts; nothing else is on it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=STATIC))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/editor/")
    yield page
    page.close()
    server.shutdown()


def run(page: Page, module: str, script: str, given: object = None):
    """What the script gives, with the module as `m` and the argument as `given`."""
    return page.evaluate(f"async given => {{ const m = await import('/editor/{module}.js'); {script} }}", given)


@pytest.mark.parametrize("text", TEXTS)
def test_offsets_go_to_utf16_and_back(module_page, text):
    units = run(
        module_page, "offsets", "const o = new m.Offsets(given); return [...given, ''].map((_, i) => o.units(i));", text
    )
    assert units == [len(text[:place].encode("utf-16-le")) // 2 for place in range(len(text) + 1)]
    script = "const o = new m.Offsets(given.text); return given.units.map(unit => o.points(unit));"
    assert run(module_page, "offsets", script, {"text": text, "units": units}) == list(range(len(text) + 1))


def test_a_region_is_cut_in_the_browser_as_it_is_cut_here(module_page):
    text = TEXTS[1]
    region = {"id": "a", "value": {"start": 4, "end": 11, "labels": ["X"]}}
    script = """const o = new m.Offsets(given.text), r = o.arrived(given.region);
      return [given.text.slice(r.value.start, r.value.end), o.sent(r)];"""
    assert run(module_page, "offsets", script, {"text": text, "region": region}) == [text[4:11], region]


@pytest.mark.parametrize("text", [*TEXTS, "line\n" * 3_000, "x" * 20_000, "word 😀 " * 5_000, "\n\n\n", ""])
def test_blocks_are_the_whole_text_and_tear_no_character(module_page, text):
    script = "let start = 0; return m.blockEnds(given).map(end => given.slice(start, start = end));"
    blocks = run(module_page, "blocks", script, text)
    assert "".join(blocks) == text
    assert all(0 < len(block.encode("utf-16-le")) // 2 <= 4_010 for block in blocks)


def test_pieces_of_overlapping_regions_keep_lines_of_their_own(module_page):
    regions = [{"start": 0, "end": 10}, {"start": 2, "end": 4}, {"start": 3, "end": 12}]
    script = """return m.segmentsOf(0, 14, given).map(piece =>
      [piece.start, piece.end, piece.covers.map(cover => [given.indexOf(cover.entry), cover.lane])]);"""
    assert run(module_page, "segments", script, regions) == [
        [0, 2, [[0, 0]]],
        [2, 3, [[0, 0], [1, 1]]],
        [3, 4, [[0, 0], [1, 1], [2, 2]]],
        [4, 10, [[0, 0], [2, 2]]],
        [10, 12, [[2, 2]]],
        [12, 14, []],
    ]


@pytest.mark.parametrize(
    ("stored", "kept", "since", "laid"),
    [
        (["region a new"], [], {"untouched": [], "removed": ["region a old"]}, []),
        (["region a new"], ["region a old"], {"untouched": [], "removed": []}, ["region a old"]),
        (["region a new"], ["region a old"], {"untouched": ["region a old"], "removed": []}, ["region a new"]),
        (["region a new"], ["region b new"], {"untouched": [], "removed": []}, ["region a new", "region b new"]),
        # One of two labels of a region was taken away; the other one stays, whether its control was renamed or not.
        (["region a new", "region a x"], ["region a x"], {"untouched": ["region a x"], "removed": ["region a old"]},
         ["region a x"]),
        (["region a new", "region a y"], ["region a x"], {"untouched": ["region a x"], "removed": ["region a old"]},
         ["region a new", "region a y"]),
        (["relation a b takes dose"], [], {"untouched": [], "removed": ["relation a b has dose"]}, []),
        (["relation a c takes dose"], [], {"untouched": [], "removed": ["relation a b has dose"]},
         ["relation a c takes dose"]),
    ],
)  # fmt: skip
def test_a_draft_is_laid_on_what_a_rename_left(module_page, stored, kept, since, laid):
    script = """const itemsOf = (keys, from) => new Map(keys.map((key) => [key, from]));
      return [...m.laidOn(itemsOf(given.stored, 'stored'), itemsOf(given.kept, 'kept'), given.since).keys()];"""
    assert sorted(run(module_page, "kept", script, {"stored": stored, "kept": kept, "since": since})) == laid


@pytest.mark.parametrize(
    ("key", "mine", "theirs"),
    [
        (
            "relation a b",
            {"from_id": "a", "to_id": "b", "labels": ["x"]},
            {"labels": ["x"], "to_id": "b", "from_id": "a"},
        ),
        ("aside 1 r", {"prediction": 1, "region": "r"}, {"region": "r", "prediction": 1}),
    ],
)
def test_fields_in_another_order_are_no_difference(module_page, key, mine, theirs):
    script = "return m.differences(new Map([[given.key, given.mine]]), new Map([[given.key, given.theirs]]));"
    assert run(module_page, "difference", script, {"key": key, "mine": mine, "theirs": theirs}) == []


def test_history_has_no_end_and_a_new_step_ends_what_was_undone(module_page):
    script = """const h = new m.History(); const add = (before, after) => h.add([{key: 'k', before, after}], '');
      for (let i = 0; i < 3000; i += 1) add(i, i + 1);
      let undone = []; for (let step = h.undo(); step; step = h.undo()) undone.push(step.changes[0].after);
      const again = h.redo().changes[0].after; add(1, 9);
      return [undone.length, undone.at(-1), again, h.redo()];"""
    assert run(module_page, "history", script) == [3000, 0, 1, None]


def test_regions_change_to_another_state_and_back(module_page):
    given = {
        "mine": [{"id": "a", "from_name": "l", "value": {"start": 0, "end": 1, "labels": ["X"]}}],
        "theirs": [
            {"id": "a", "from_name": "l", "value": {"start": 0, "end": 1, "labels": ["Y"]}},
            {"id": "b", "from_name": "l", "value": {"start": 2, "end": 3, "labels": ["X"]}, "kept": {"unknown": 1}},
            {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["r"]},
        ],
    }
    script = """const { reversed } = await import('/editor/history.js'); const regions = new m.Regions();
      regions.load(given.mine, [{prediction: 1, region: 'x'}], 'note');
      const changes = regions.changesTo(m.Regions.itemsOf(given.theirs, [], ''));
      regions.apply(changes); const there = [regions.result, regions.setAside, regions.note];
      regions.apply(reversed(changes)); return [there, [regions.result, regions.setAside, regions.note]];"""
    assert run(module_page, "regions", script, given) == [
        [given["theirs"], [], ""],
        [given["mine"], [{"prediction": 1, "region": "x"}], "note"],
    ]


@pytest.mark.parametrize(
    ("text", "chosen", "expected"),
    [
        ("given aspirin daily", "spiri", "aspirin"),
        ("given aspirin daily", " aspirin ", "aspirin"),
        ("takes 2.5 mg", ".5 m", "2.5 mg"),
        ("😀 𝒳yz 😀", "y", "𝒳yz"),
        ("נטל אספירין היום", "ספירי", "אספירין"),
        ("a\r\n\u2028 b", "\r\n\u2028 ", None),
    ],
)
def test_a_selection_grows_to_whole_words_and_loses_its_blanks(module_page, text, chosen, expected):
    script = """const start = given.text.indexOf(given.chosen);
      const found = m.wholeWords(given.text, start, start + given.chosen.length);
      return found && given.text.slice(found.start, found.end);"""
    assert run(module_page, "words", script, {"text": text, "chosen": chosen}) == expected


def test_a_step_is_a_character_as_people_see_it(module_page):
    text = "a👨🏻‍🚒e\u0301\r\nb"
    script = """const stops = [0], back = [given.length];
      while (stops.at(-1) < given.length) stops.push(m.nextCharacter(given, stops.at(-1), 1));
      while (back.at(-1) > 0) back.push(m.nextCharacter(given, back.at(-1), -1));
      return [stops.map((stop, i) => given.slice(stop, stops[i + 1])).slice(0, -1), back.reverse()];"""
    characters, back = run(module_page, "words", script, text)
    assert characters == ["a", "👨🏻‍🚒", "e\u0301", "\r\n", "b"]
    assert len(back) == 6


def test_equal_places_are_words_where_the_given_one_is(module_page):
    text = "pain, painful Pain and pain"
    script = "return m.equalPlaces(given, 0, 4).map(place => place.start);"
    assert run(module_page, "words", script, text) == [0, 23]


def test_the_clock_counts_work_and_not_absence(module_page):
    script = """let now = 0; const clock = new m.Clock(() => now);
      now = 10_000; clock.tick(true); now = 600_000; clock.tick(true); now = 605_000; clock.pause(); now = 900_000;
      clock.tick(true); return clock.seconds;"""
    assert run(module_page, "clock", script) == 75

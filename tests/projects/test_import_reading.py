"""Files into rows, before any project is asked: encodings, JSON of all shapes, tables, plain text."""

import codecs
import io
import json
from collections.abc import Iterator

import pytest

from projects.exchange import decoding, json_stream
from projects.exchange.errors import FileRefused, RowRefused
from projects.exchange.reading import read_rows
from projects.exchange.rows import Row

HOSTILE = "\ufeff😀👨🏻‍🚒 𝒳 e\u0301\u00a0\t\r\nx\ry\u2028z\u200d שלום \"quoted\", 'x' \\ \x7f\x01"


def rows(content: bytes | str, name: str = "tasks.json", text_field: str = "text") -> list[Row | str]:
    """Rows as read, refused ones as `number: reason`."""
    raw = content.encode() if isinstance(content, str) else content
    return [
        f"{number}: {row}" if isinstance(row, RowRefused) else row
        for number, row in read_rows(io.BytesIO(raw), name, text_field)
    ]


def texts(content: bytes | str, name: str = "tasks.json") -> list[str]:
    return [row if isinstance(row, str) else row.text for row in rows(content, name)]


def refusal(content: bytes | str, name: str = "tasks.json") -> str:
    with pytest.raises(FileRefused) as refused:
        rows(content, name)
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        '[{"text": "a"}, {"text": "b"}]',
        ' \n[\n{"text": "a"}\n,\n{"text": "b"}\n]\n ',
        '{"text": "a"}\n{"text": "b"}',
        '{"text": "a"}\r\n\r\n{"text": "b"}\r\n',
        '{"text":\n"a"} {"text":\n"b"}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_is_read_as_list_objects_or_lines_in_every_encoding(content: str, encoding: str):
    assert texts(content.encode(encoding)) == ["a", "b"]


def test_a_single_object_and_empty_lists_are_read():
    assert texts('{"text": "a"}') == ["a"]
    assert texts("[]") == texts(" [ ] ") == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_where_a_file_is_cut_into_pieces_makes_no_difference(size: int):
    items = [{"text": HOSTILE, "n": -1.5e-7, "deep": [[{}], None, True]}, 12345, "ü", {"text": "b" * 200}]
    for content in (json.dumps(items), json.dumps(items, ensure_ascii=False, indent=3)):
        pieces = [content[start : start + size] for start in range(0, len(content), size)]
        assert list(json_stream.values(pieces)) == items
    lines = "\n".join(json.dumps(item) for item in [*reversed(items), 67])
    pieces = [lines[start : start + size] for start in range(0, len(lines), size)]
    assert list(json_stream.values(iter(pieces[:-1] + [pieces[-1]]))) == [*reversed(items), 67]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_bytes_cut_within_a_character_are_put_together(size: int):
    class Slow(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            return super().read(size)

    for encoding, bom in (("utf-8", b""), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)):
        # A reader that gives less than the BOM at once is not a file.
        if size >= len(bom):
            assert "".join(decoding.text_chunks(Slow(bom + "x😀é\r\n".encode(encoding)))) == "x😀é\r\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The file is empty. It must hold tasks as JSON: a list, one object, or one object a line."),
        (
            '[{"text": "a"},\n {"text" "b"}]',
            "The file is not valid JSON at line 2, column 10 (row 2): expecting ':' delimiter. Nothing was imported. "
            "Correct the file and import it again.",
        ),
        (
            '[{"text": "a"}\n',
            "The file is not valid JSON at line 2, column 1 (row 2): the list is not closed: the file ends too early. "
            "Nothing was imported. Correct the file and import it again.",
        ),
        (
            '[{"text": "a"} {"text": "b"}]',
            'The file is not valid JSON at line 1, column 16 (row 2): a "," between two tasks or the closing "]" is '
            "missing. Nothing was imported. Correct the file and import it again.",
        ),
        (
            '[{"text": "a"}]\nx',
            "The file is not valid JSON at line 2, column 1 (row 2): something stands behind the end of the list. "
            "Nothing was imported. Correct the file and import it again.",
        ),
        (
            '{"text": "a"}\n{"text": "b',
            "The file is not valid JSON at line 2, column 10 (row 2): unterminated string starting at. Nothing was "
            "imported. Correct the file and import it again.",
        ),
        (
            "hello",
            "The file is not valid JSON at line 1, column 1 (row 1): expecting value. Nothing was imported. Correct "
            "the file and import it again.",
        ),
        (
            "[" + "9" * 5000 + "]",
            "The file is not valid JSON at line 1, column 2 (row 1): a number has too many digits. Nothing was "
            "imported. Correct the file and import it again.",
        ),
        (
            '{"text": ' + "[" * 200_000,
            "The file is not valid JSON at line 1, column 1 (row 1): values are nested too deeply. Nothing was "
            "imported. Correct the file and import it again.",
        ),
    ],
)
def test_broken_json_is_refused_with_its_place(content: str, message: str):
    assert refusal(content) == message


@pytest.mark.parametrize("size", [1, 20, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_that_is_no_json_is_refused_alone_whatever_lines_end_with(end: str, size: int):
    content = end.join(['{"text": "a"}', "{bad}", '{"text": "b"}', "worse", ""])
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    first, bad, second, worse = json_stream.values(pieces, by_line=True)
    assert (first, second) == ({"text": "a"}, {"text": "b"})
    assert str(bad).startswith("Line 2 is not valid JSON at column 2: ")
    assert str(worse) == "Line 4 is not valid JSON at column 1: expecting value."


def test_the_place_of_an_error_is_right_far_into_a_file():
    lines = [json.dumps({"text": "x" * 1000}) for _ in range(5000)]
    lines[4321] = lines[4321][:-1]
    assert refusal("\n".join(lines)).startswith("The file is not valid JSON at line 4,323, column 1 (row 4,322): ")


def test_other_encodings_are_refused_with_the_place():
    assert refusal('[{"text": "caf\xe9"}]'.encode("latin-1")) == (
        "The file is not UTF-8: byte 15 (0xE9) can't be read. Save it as UTF-8 (UTF-16 is read too) and import it "
        "again."
    )
    far = b'["' + b"a" * (3 * decoding.CHUNK_BYTES + 3)
    assert refusal(far + b"\xff").startswith("The file is not UTF-8: byte 3,145,734 (0xFF) can't be read.")
    assert refusal("x".encode("utf-32"), "x.txt") == "The file is encoded in UTF-32. Save it as UTF-8."
    assert refusal("xy".encode("utf-16")[:-1], "x.txt").startswith(
        "The file is not UTF-16: byte 5 (0x79) can't be read."
    )


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ('"a text"', '1: It is a bare text. A task is an object with at least "text".'),
        ("[1]", None),
        ("null", '1: It is empty (null). A task is an object with at least "text".'),
        ("{}", '1: It has no "text", the field that the Labeling Config shows.'),
        ('{"data": {}}', '1: It has no "text", the field that the Labeling Config shows.'),
        ('{"text": 5}', '1: "text" is a number; it must be a text.'),
        ('{"text": null}', '1: "text" is empty (null); it must be a text.'),
        (
            '{"text": "a\\u0000"}',
            '1: "text" contains U+0000 at character 1, which the database can\'t store. Remove it there.',
        ),
        ('{"text": "\\ud83d"}', '1: "text" contains the lone surrogate U+D83D at character 0. Remove it there.'),
        (
            '{"text": "a", "x": ["\\udc00"]}',
            '1: "x" contains the lone surrogate U+DC00 at character 0. Remove it there.',
        ),
        ('{"text": "a", "n": NaN}', '1: "n" contains a number that is not finite. Remove it there.'),
        ('{"text": "a", "n": 1e999}', '1: "n" contains a number that is not finite. Remove it there.'),
        (
            '{"data": {"text": "a"}, "n": "\\u0000"}',
            "1: It contains U+0000 at character 0, which the database can't store.",
        ),
        (
            '{"text": "%s"}' % ("x" * 2_000_001),
            "1: Its text has 2,000,001 characters; at most 2,000,000 are taken. Split it.",
        ),
    ],
)  # fmt: skip
def test_a_row_that_can_not_be_taken_is_refused_alone(item: str, reason: str | None):
    found = rows(f'[{item}, {{"text": "good"}}]')
    assert found[0] == (reason or '1: It is a list. A task is an object with at least "text".')
    assert found[1].text == "good"


def test_surrogate_pairs_that_json_escapes_are_one_character():
    assert texts('{"text": "\\ud83d\\ude00"}') == ["😀"]


def test_a_bare_task_keeps_all_its_fields_as_data():
    (row,) = rows('{"id": 3, "text": "Took aspirin.", "title": "  Note\\n 3 ", "meta": {"n": [1, 2.5, null]}}')
    assert row == Row(1, "Note 3", "Took aspirin.", {"id": 3, "title": "  Note\n 3 ", "meta": {"n": [1, 2.5, None]}})


def test_titles_come_from_the_data_else_the_first_line_else_the_file():
    content = [
        {"text": " \n\n  First   line\nsecond"},
        {"text": "word " * 50},
        {"text": " \r\n"},
        {"text": "x", "title": 5},
    ]
    assert [row.title for row in rows(json.dumps(content), "notes.json")] == [
        "First line",
        "word " * 15 + "word…",
        "notes.json, row 3",
        "x",
    ]


def test_a_full_task_is_read_with_all_that_it_brings():
    content = {
        "id": 11, "created_at": "2022-10-29 14:07:12", "created_by": "admin", "is_skipped": False,
        "tags": ["a", "a", "b"],
        "data": {"text": "Took aspirin.", "title": "one"},
        "completions": [{
            "id": 11001, "created_username": "eric", "created_ago": "2022-10-29T14:42:50.867Z", "lead_time": 82,
            "result": [1], "honeypot": True, "submitted_at": "2022-10-30T20:57:54.303",
            "updated_at": "2022-10-31T00:00:00Z",
            "updated_by": "eric", "confidence_range": [0, 1], "cid": "11001",
        }],
        "annotations": [{
            "id": 7, "completed_by": {"id": 3, "email": "eva@example.org"}, "result": [], "was_cancelled": False,
            "ground_truth": True, "lead_time": 1.5, "created_at": "2023-01-01T00:00:00Z", "parent_prediction": 9,
        }],
        "predictions": [
            {"id": 1, "created_username": "Pre-annotation", "created_ago": "2022-10-29T14:42:50Z", "result": [2]},
            {"id": "p", "model_version": "v2", "score": 0.5, "result": [], "mislabeling": 0},
        ],
    }  # fmt: skip
    (row,) = rows(json.dumps(content))
    assert (row.title, row.external_id, row.extra, row.tags, row.notes) == (
        "one", "11", {"created_by": "admin", "is_skipped": False}, ["a", "b"], [],
    )  # fmt: skip
    assert row.created_at.isoformat() == "2022-10-29T14:07:12+00:00"
    ours, theirs = row.completions
    assert (ours.username, ours.result, ours.starred, ours.lead_time, ours.external_id) == (
        "eric",
        [1],
        True,
        82.0,
        "11001",
    )
    assert ours.submitted_at.isoformat() == "2022-10-30T20:57:54.303000+00:00"
    assert ours.created_at.isoformat() == "2022-10-29T14:42:50.867000+00:00"
    assert theirs.beside.copied_from == "prediction: 9"
    assert ours.extra == {"updated_by": "eric", "confidence_range": [0, 1], "cid": "11001"}
    assert (theirs.username, theirs.starred, theirs.external_id) == ("eva@example.org", True, "7")
    assert theirs.submitted_at == theirs.created_at
    assert theirs.extra == {
        "completed_by": {"id": 3, "email": "eva@example.org"}, "was_cancelled": False,
    }  # fmt: skip
    first, second = row.predictions
    assert (first.model_version, first.username, first.result) == ("", "Pre-annotation", [2])
    assert (second.model_version, second.external_id, second.extra) == ("v2", "p", {"mislabeling": 0})


def test_parts_that_can_not_be_read_are_noted_and_the_task_stays():
    content = {
        "data": {"text": "a"},
        "completions": "none",
        "annotations": [5, {"result": "x"}, {"result": [], "note": "\0"}],
        "tags": ["x" * 61],
    }
    (row,) = rows(json.dumps(content))
    assert (row.completions, row.tags) == ([], [])
    assert row.notes == [
        ("tags", "They are not a list of words of at most 60 characters; left out."),
        ("completions", "It is not a list, and was left out."),
        ("annotation 1", "It is not an object, and was left out."),
        ("annotation 2", "Its result is not a list. It was left out."),
        ("annotation 3", "It contains U+0000 at character 0, which the database can't store. It was left out."),
    ]


@pytest.mark.parametrize(
    "given", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "99999-01-01", "soon", -1e18]
)
def test_a_time_that_no_clock_shows_is_left_out_and_noted(given: str | float):
    task = {"data": {"text": "x"}, "created_at": given, "annotations": [{"created_at": given, "lead_time": "x"}]}
    (row,) = rows(json.dumps([task]))
    assert (row.created_at, row.completions[0].created_at) == (None, None)
    assert [what for what, _ in row.notes] == [
        "task created_at", "annotation 1 created_at", "annotation 1 lead_time",
    ]  # fmt: skip


def test_csv_keeps_what_is_inside_quotes_exactly():
    content = 'text,title\r\n"one\r\ntwo\r""three"", four\n",A\r\n\r\n plain ,B\n"' + "x" * 300_000 + '",C\n'
    found = rows(content, "notes.CSV")
    assert [(row.text, row.title) for row in found] == [
        ('one\r\ntwo\r"three", four\n', "A"),
        (" plain ", "B"),
        ("x" * 300_000, "C"),
    ]
    assert [row.number for row in found] == [1, 2, 3]


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_are_read_with_the_separator_of_their_header(name: str, separator: str, encoding: str):
    content = "\n".join(separator.join(cells) for cells in (("id", "text"), ("1", "é"), ("2", "😀")))
    assert [(row.text, row.data) for row in rows(content.encode(encoding), name)] == [
        ("é", {"id": "1"}), ("😀", {"id": "2"}),
    ]  # fmt: skip


def test_rows_of_another_width_are_refused_alone():
    assert texts("text,id\na,1\nb\nc,1,2\nd,2\n", "a.csv") == [
        "a",
        "2: It has 1 cells, but the header has 2 columns.",
        "3: It has 3 cells, but the header has 2 columns.",
        "d",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "id,note\n1,a\n",
            'The file has no column "text" for the text (columns, separated by comma: "id", "note"). Name the column '
            'of the texts "text" in the first line.',
        ),
        (
            "",
            'The file has no column "text" for the text (columns, separated by comma: none). Name the column of the '
            'texts "text" in the first line.',
        ),
        ("text,,x\n", "Column 2 has no name in the first line. Name it or remove it."),
        ("text,x,x\n", 'Two columns are named "x". Rename one of them.'),
        (
            'text\na\n"b',
            "Line 3 can't be read (unexpected end of data). Nothing was imported. Put cells that contain quotation "
            "marks, line breaks or the separator into quotation marks, and double those inside.",
        ),
    ],
)
def test_a_table_without_a_sound_header_or_quoting_is_refused(content: str, message: str):
    assert refusal(content, "a.csv") == message


@pytest.mark.parametrize("content", [HOSTILE[1:], "", " \r\n\r\n ", "a\rb"])
def test_a_text_file_is_one_task_with_its_name_as_title(content: str):
    for encoding in ("utf-8", "utf-8-sig"):
        (row,) = rows(content.encode(encoding), "note 1.txt")
        assert (row.text, row.title, row.data) == (content, "note 1.txt", {"title": "note 1.txt"})


def test_a_text_file_that_is_too_long_is_refused():
    assert (
        refusal("x" * 2_000_001, "a.txt") == "The text has more than 2,000,000 characters. Split it into several files."
    )


def test_files_of_other_kinds_are_refused():
    assert refusal("x", "scan.pdf") == (
        '"scan.pdf" is of no kind that can be imported. Its name must end with one of .json, .jsonl, .ndjson, .csv, '
        ".tsv, .tab, .txt, .conll, .zip."
    )


def test_a_line_without_end_is_refused_before_it_fills_the_memory():
    def endless() -> Iterator[str]:
        while True:
            yield "x" * 1_000_000

    with pytest.raises(FileRefused) as refused:
        list(decoding.lines(endless()))
    assert str(refused.value) == "A line has more than 33,554,432 characters. Is this a table?"
    with pytest.raises(FileRefused) as refused:
        list(json_stream.values(piece for piece in ('{"text": "', *(["x" * 1_000_000] * 100))))
    assert str(refused.value).startswith(
        "The file is not valid JSON at line 1, column 1 (row 1): one row is larger than "
    )

from __future__ import annotations

import io
import zipfile

import pytest

from projects.exchange import FileRefused, archive, import_file
from projects.models import Task


def packed(files: dict[str, str | bytes]) -> io.BytesIO:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    raw.seek(0)
    return raw


def imported(project, owner, files: dict[str, str | bytes]):
    return import_file(project, packed(files), "all.zip", owner)


def test_files_of_all_kinds_come_in_and_problems_name_their_file(project, owner):
    report = imported(
        project,
        owner,
        {
            "a/notes.csv": "text\nfrom a table\n",
            "b.txt": "from a text",
            "c.jsonl": '{"text": "from lines"}\n{"text": \n{"text": "behind it"}\n',
            "d.pdf": "no",
        },
    )
    texts = Task.objects.order_by("pk").values_list("text", "title")
    assert list(texts) == [
        ("from a table", "from a table"),
        ("from a text", "b.txt"),
        ("from lines", "from lines"),
        ("behind it", "behind it"),
    ]
    problems = [(problem["file"], problem["row"], problem["what"]) for problem in report.problems]
    assert (report.refused, problems) == (2, [("c.jsonl", 2, "row"), ("d.pdf", 1, "row")])


def test_what_file_managers_leave_behind_is_passed_over(project, owner):
    report = imported(project, owner, {"__MACOSX/._a.txt": "x", ".DS_Store": "x", "a.txt": "one"})
    assert (report.imported, report.refused) == (1, 0)


@pytest.mark.parametrize("name", [b".", b"\0"])
def test_a_file_without_a_name_is_passed_over(project, owner, name):
    raw = packed({"?": "x", "a.txt": "one"}).read().replace(b"?", name)
    report = import_file(project, io.BytesIO(raw), "all.zip", owner)
    assert (report.imported, report.refused) == (1, 0)


def test_paths_lead_nowhere(project, owner):
    imported(project, owner, {"../../etc/evil.txt": "one"})
    assert Task.objects.get().title == "evil.txt"


def test_of_long_paths_problems_name_the_end(project, owner):
    report = imported(project, owner, {f"{'folder/' * 100}a.pdf": "no", "a.txt": "one"})
    assert report.problems[0]["file"] == f"{'folder/' * 100}a.pdf"[-255:]


def test_an_archive_in_an_archive_is_a_refused_file(project, owner):
    report = imported(project, owner, {"inner.zip": packed({"a.txt": "x"}).read(), "a.txt": "one"})
    assert (report.imported, report.refused) == (1, 1)


def test_a_broken_file_refuses_the_whole_archive(project, owner):
    with pytest.raises(FileRefused, match='"b.json" in the archive: The file is not valid JSON'):
        imported(project, owner, {"a.txt": "one", "b.json": "[{"})
    assert Task.objects.count() == 0


def test_a_bomb_is_refused_by_its_ratio(project, owner):
    with pytest.raises(FileRefused, match="at most 200 times"):
        imported(project, owner, {"zeros.txt": b"0" * (archive.RATIO_FROM_BYTES + 1)})


def test_more_than_is_announced_is_not_read(project, owner, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 10)
    monkeypatch.setattr(archive, "_check", lambda entries: None)
    with pytest.raises(FileRefused, match="unpacks to more than"):
        imported(project, owner, {"a.txt": "12345678901"})


def test_too_many_files_are_refused(project, owner, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 1)
    with pytest.raises(FileRefused, match="holds 2 files; at most 1"):
        imported(project, owner, {"a.txt": "1", "b.txt": "2"})


@pytest.mark.parametrize(("content", "said"), [(b"no zip", "not a zip archive"), (packed({}).read(), "no file in")])
def test_what_holds_nothing_is_refused(project, owner, content, said):
    with pytest.raises(FileRefused, match=said):
        import_file(project, io.BytesIO(content), "all.zip", owner)


def test_a_damaged_file_is_refused_by_name(project, owner):
    raw = bytearray(packed({"a.txt": "some text that is packed"}).getvalue())
    raw[38] ^= 0xFF
    with pytest.raises(FileRefused, match='"a.txt" in the archive: It is damaged'):
        import_file(project, io.BytesIO(bytes(raw)), "all.zip", owner)


def test_an_encrypted_file_is_refused(project, owner):
    raw = bytearray(packed({"a.txt": "one"}).getvalue())
    for signature in (b"PK\x03\x04", b"PK\x01\x02"):
        place = raw.index(signature) + (6 if signature == b"PK\x03\x04" else 8)
        raw[place] |= 1
    with pytest.raises(FileRefused, match="is encrypted"):
        import_file(project, io.BytesIO(bytes(raw)), "all.zip", owner)


def test_an_archive_of_a_future_version_and_damaged_contents_are_refused(project, owner):
    newer = bytearray(packed({"a.txt": "text"}).getvalue())
    newer[newer.find(b"PK\x01\x02") + 6] = 99
    damaged = io.BytesIO()
    with zipfile.ZipFile(damaged, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("a.txt", "text " * 50)
    torn = bytearray(damaged.getvalue())
    torn[torn.find(b"a.txt") + 14] = 0xFF
    for content, said in ((newer, "is not a zip archive, or it is damaged"), (torn, "It is damaged")):
        with pytest.raises(FileRefused, match=said):
            import_file(project, io.BytesIO(content), "all.zip", owner)
    assert not Task.objects.exists()

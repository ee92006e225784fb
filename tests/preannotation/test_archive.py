"""Zip files and folders that somebody gave: what is no model, or would do harm, is refused with a sentence."""

import stat
import zipfile
from pathlib import Path

import pytest

from preannotation import archive
from preannotation.archive import ArchiveRefused

MODEL = {"metadata/part-00000": "{}", "fields/datasetParams/part-00000": "x"}


def zipped(path: Path, entries: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def refusal(file: Path, room: int = 10 * archive.MIB) -> str:
    into = file.parent / "into"
    with pytest.raises(ArchiveRefused) as refused:
        archive.unpack(file, into, room)
        archive.model_folder(into)
    return str(refused.value)


@pytest.mark.parametrize("below", ["", "ner_drug/"])
def test_a_model_is_found_at_the_top_or_one_folder_deeper_and_clutter_is_left_out(tmp_path, below):
    clutter = {"__MACOSX/._metadata": "", f"{below}.DS_Store": ""}
    file = zipped(tmp_path / "a.zip", {f"{below}{name}": content for name, content in MODEL.items()} | clutter)
    archive.unpack(file, tmp_path / "into", archive.MIB)
    assert archive.model_folder(tmp_path / "into") == tmp_path / "into" / below
    assert files_below(tmp_path / "into" / below) == sorted(MODEL)


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil", "C:evil"])
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path, name):
    said = refusal(zipped(tmp_path / "a.zip", MODEL | {name: "x"}))
    assert said == f'"{name}" would be written outside of its folder. Make the zip file again.'
    assert files_below(tmp_path) == ["a.zip"]


def test_links_and_devices_are_refused(tmp_path):
    link = zipfile.ZipInfo("metadata/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    assert refusal(tmp_path / "a.zip").startswith('"metadata/link" is a link or a device')
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").symlink_to("/etc/passwd")
    with pytest.raises(ArchiveRefused, match="inside is a link"):
        archive.measure(tmp_path / "folder")


def test_a_bomb_is_refused_by_its_table_of_contents(tmp_path):
    said = refusal(zipped(tmp_path / "a.zip", {"metadata/part-00000": b"\0" * 65 * archive.MIB}), 999 * archive.MIB)
    assert said == "It unpacks to more than 64 MB; no model of its size does."
    assert not (tmp_path / "into").exists()


def test_bytes_are_counted_while_they_come_because_the_table_may_lie(tmp_path):
    file = zipped(tmp_path / "a.zip", {"metadata/part-00000": b"\0" * 3 * archive.MIB})
    budget = archive._Budget(plausible=2 * archive.MIB, room=2 * archive.MIB)
    with zipfile.ZipFile(file) as opened, pytest.raises(ArchiveRefused, match="unpacks to more than 2 MB"):
        archive._write(opened, opened.infolist()[0], tmp_path / "into" / "x", budget, lambda: None)
    assert (tmp_path / "into" / "x").stat().st_size == 2 * archive.MIB


def test_what_needs_more_room_than_there_is_is_refused_before_anything_is_written(tmp_path):
    file = zipped(tmp_path / "a.zip", MODEL | {"big": b"\0" * 2 * archive.MIB})
    assert refusal(file, room=archive.MIB) == "It needs more than the 1 MB that may be used. Make room first."
    assert not (tmp_path / "into").exists()


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 1)
    assert refusal(zipped(tmp_path / "a.zip", MODEL)) == (
        "It holds more than 1 files or 16 GB, which no model does. Make the zip file of one saved model."
    )
    with pytest.raises(ArchiveRefused, match="Give the folder of one saved model"):
        archive.measure(zipped(tmp_path / "b.zip", MODEL).parent)


def test_encrypted_damaged_and_foreign_files_are_told_apart(tmp_path):
    content = zipped(tmp_path / "a.zip", MODEL).read_bytes()
    for place in (content.index(b"PK\x01\x02") + 8, 6):
        content = content[:place] + bytes([content[place] | 1]) + content[place + 1 :]
    (tmp_path / "locked.zip").write_bytes(content)
    assert refusal(tmp_path / "locked.zip") == "It is encrypted. Make the zip file without a password."
    damaged = "It is no zip file, or a damaged one. Make the zip again, or copy it again."
    (tmp_path / "cut.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:-40])
    (tmp_path / "text.zip").write_text("not a zip file")
    flipped = bytearray((tmp_path / "a.zip").read_bytes())
    flipped[40:60] = b"\xff" * 20
    (tmp_path / "flipped.zip").write_bytes(flipped)
    assert [refusal(tmp_path / f"{name}.zip") for name in ("cut", "text", "flipped")] == [damaged] * 3


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"readme.txt": "x"}, "It holds no saved Spark NLP model: there is no metadata/part-00000"),
        ({"a/metadata/part-00000": "{}", "b/assertion.json": "{}"}, "It holds 2 models (a, b). Make a zip file"),
        ({"a/b/metadata/part-00000": "{}"}, "The model lies deeper, in a/b. Make a zip file of that folder."),
    ],
)  # fmt: skip
def test_other_layouts_say_what_to_zip(tmp_path, entries, said):
    assert refusal(zipped(tmp_path / "a.zip", entries)).startswith(said)


def test_an_empty_zip_holds_no_model(tmp_path):
    assert refusal(zipped(tmp_path / "a.zip", {})).startswith("It holds no saved Spark NLP model")


def test_a_name_for_a_file_and_a_folder_and_one_that_is_too_long_are_refused(tmp_path):
    both = {"metadata/part-00000": "{}", "fields": "x", "fields/a": "y"}
    assert refusal(zipped(tmp_path / "a.zip", both)) == (
        '"fields/a" is a file and a folder in it. Make the zip file again.'
    )
    (tmp_path / "b").mkdir()
    assert refusal(zipped(tmp_path / "b" / "b.zip", MODEL | {"n" * 300: "x"})) == (
        f'The name "{"n" * 80}…" is too long for a file. Make the zip file with shorter ones.'
    )


def test_one_large_file_is_told_of_while_it_is_written_so_that_a_cancel_comes_through(tmp_path):
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("metadata/part-00000", b"x" * (3 * archive.MIB))
    told = []
    archive.unpack(file, tmp_path / "into", 10 * archive.MIB, lambda done, total: told.append(done // archive.MIB))
    assert told == [0, 1, 2, 3]

import hashlib
import os

import pytest

from preannotation.spark.jars import (
    CHECKSUMS_FILE,
    SPARK_NLP,
    TENSORFLOW,
    ensure_jars,
    missing_after_cleaning,
    read_checksums,
    verified_before,
)

CONTENT = {"a-1.jar": b"first", "b-2.jar": b"second"}
EXPECTED = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}


@pytest.fixture
def checksums(tmp_path):
    path = tmp_path / "checksums"
    path.write_text("".join(f"{digest}  {name}\n" for name, digest in EXPECTED.items()))
    return path


def filled(folder):
    folder.mkdir(exist_ok=True)
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return folder


def names(folder):
    return sorted(path.name for path in folder.glob("*.jar"))


def test_the_pinned_jars_are_those_of_the_installed_version():
    pinned = read_checksums(CHECKSUMS_FILE)
    assert len(pinned) == 97
    assert sorted(name for name in pinned if name.startswith(("spark-nlp", "tensorflow-core-api"))) == [
        f"spark-nlp_2.12-{SPARK_NLP}.jar",
        f"tensorflow-core-api-{TENSORFLOW}-linux-x86_64.jar",
        f"tensorflow-core-api-{TENSORFLOW}.jar",
    ]


def test_strays_and_broken_jars_are_removed_and_named_as_missing(tmp_path):
    filled(tmp_path)
    (tmp_path / "stray.jar").write_bytes(b"third")
    (tmp_path / "b-2.jar").write_bytes(b"secone")
    assert missing_after_cleaning(tmp_path, EXPECTED) == ["b-2.jar"]
    assert names(tmp_path) == ["a-1.jar"]


def test_a_full_folder_misses_nothing(tmp_path):
    assert missing_after_cleaning(filled(tmp_path), EXPECTED) == []


def test_a_folder_that_was_never_verified_is_not_trusted(tmp_path):
    assert verified_before(filled(tmp_path), EXPECTED) is False


def test_a_second_start_reads_no_jar_and_says_nothing(tmp_path, checksums):
    said = []
    ensure_jars(filled(tmp_path / "jars"), tmp_path / "cache", said.append, checksums)
    ensure_jars(tmp_path / "jars", tmp_path / "cache", said.append, checksums)
    assert said == ["engine jars: 2 verified"]


def test_a_jar_that_changed_since_is_noticed(tmp_path, checksums):
    jars = filled(tmp_path / "jars")
    ensure_jars(jars, tmp_path / "cache", lambda _: None, checksums)
    assert verified_before(jars, EXPECTED) is True
    os.utime(jars / "a-1.jar", (1, 1))
    assert verified_before(jars, EXPECTED) is False

import os

import pytest

from preannotation.contract import ModelLoadError
from preannotation.spark.checksum import folder_checksum


def written(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_equal_folders_have_equal_checksums_whatever_their_times(tmp_path):
    files = {"metadata/part-00000": b"{}", "a/b": b"x" * 5, "z": b""}
    one, two = written(tmp_path / "1", files), written(tmp_path / "2", dict(reversed(files.items())))
    os.utime(two / "z", (1, 1))
    assert folder_checksum(one) == folder_checksum(two)
    assert folder_checksum(one)[1] == 7


@pytest.mark.parametrize(
    "other", [{"a": b"12", "b": b"3"}, {"a": b"1", "c": b"23"}, {"a": b"1"}, {"a": b"1", "b": b"23", "c": b""}]
)
def test_another_name_size_or_content_is_another_checksum(tmp_path, other):
    one = folder_checksum(written(tmp_path / "1", {"a": b"1", "b": b"23"}))
    assert (folder_checksum(written(tmp_path / "2", other))[0] == one[0]) is False


def test_a_missing_or_empty_folder_is_no_model(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ModelLoadError) as caught:
            folder_checksum(folder)
        assert str(caught.value) == f"There is no model in {folder}: the folder is missing or empty."

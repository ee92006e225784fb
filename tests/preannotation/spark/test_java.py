import pytest

from preannotation.spark.java import find_java, java_major


@pytest.mark.parametrize(
    ("release", "major"),
    [('JAVA_VERSION="17.0.15"\n', 17), ('X="1"\nJAVA_VERSION="25"\n', 25), ('JAVA_VERSION="1.8.0_402"', 8), ("", None)],
)
def test_the_major_version_is_read_from_the_release_file(tmp_path, release, major):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    (tmp_path / "release").write_text(release)
    assert java_major(tmp_path) == major


def test_a_folder_without_a_java_command_is_no_java(tmp_path):
    (tmp_path / "release").write_text('JAVA_VERSION="17"')
    assert java_major(tmp_path) is None


def test_a_java_17_is_found():
    assert java_major(find_java()) == 17

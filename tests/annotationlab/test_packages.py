import sys
from pathlib import Path

import pytest

from annotationlab import packages

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_change_in_an_included_file_changes_the_digest(tmp_path):
    (tmp_path / "base.txt").write_text("one==1\n")
    (tmp_path / "dev.txt").write_text("-r base.txt\ntwo==2\n")
    before = packages.digest(tmp_path / "dev.txt")
    (tmp_path / "base.txt").write_text("one==1.1\n")
    assert packages.digest(tmp_path / "dev.txt") != before


def test_nothing_is_installed_where_the_stamp_fits(tmp_path, capsys):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("annotationlab-has-no-such-package==1\n")
    (tmp_path / "requirements.installed").write_text(packages.digest(requirements))
    packages.ensure(requirements, tmp_path)
    assert capsys.readouterr().out == ""


def test_a_failed_installation_says_what_to_do_and_leaves_no_stamp(tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{tmp_path}/missing.whl\n")
    with pytest.raises(packages.PackagesMissing, match="run the same command again: it goes on where it stopped"):
        packages.ensure(requirements, tmp_path)
    assert list(tmp_path.glob("*.installed")) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name):
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
    assert [line for line in lines if line.count("==") != 1] == []


def test_the_packages_module_needs_the_standard_library_only():
    source = (ROOT / "annotationlab" / "packages.py").read_text()
    imported = {line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert imported - set(sys.stdlib_module_names) == set()

import json
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from annotationlab import doctor
from tests.preannotation.conftest import registered

GIB = doctor.GIB


def test_only_python_3_11_is_well():
    assert doctor.python_version((3, 11)) == doctor.Check("python", True, "3.11")
    assert doctor.python_version((3, 12)) == doctor.Check(
        "python", False, "3.12, and 3.11 is needed", "Install Python 3.11, remove .venv, run: make run"
    )


@pytest.mark.parametrize(
    ("heap", "size"), [("4g", 4 * GIB), ("512M", 512 * 1024**2), ("1024", 1024), ("4x", None), ("", None), ("g", None)]
)
def test_heap_sizes_are_read_as_java_reads_them(heap, size):
    assert doctor.heap_bytes(heap) == size


def test_memory_is_wrong_where_a_spark_worker_would_not_fit():
    assert doctor.memory("4g", 8 * GIB, 16 * GIB).ok is True
    assert doctor.memory("4g", 6 * GIB, 8 * GIB) == doctor.Check(
        "memory", False, "6.0 of 8.0 GiB free, up to 7.0 used by a Spark worker",
        "End other programs, add memory, or lower ANNOTATIONLAB_SPARK_MEMORY",
    )  # fmt: skip


def test_a_heap_that_is_no_size_is_named():
    check = doctor.memory("much", 8 * GIB, 8 * GIB)
    assert check.found == "ANNOTATIONLAB_SPARK_MEMORY is 'much', which is not a size"


def test_disk_is_wrong_where_little_is_left(tmp_path):
    assert doctor.disk(tmp_path, 3 * GIB) == doctor.Check("disk", True, f"3.0 GiB free in {tmp_path}")
    assert doctor.disk(tmp_path, GIB).ok is False


def test_missing_jars_are_counted_with_the_command_that_fetches_them(tmp_path):
    check = doctor.engine_jars(tmp_path / "jars")
    expected = len(doctor.jars.read_checksums(doctor.jars.CHECKSUMS_FILE))
    assert check.found == f"0 of {expected} are in {tmp_path / 'jars'}, or not all as they were verified"
    assert check.mend.startswith("Run: .venv/bin/python -m preannotation.spark.jars --folder ")


def test_a_queue_without_workers_names_its_log():
    assert doctor.queue("spark", None).mend == "Run: make run. If it runs already, read var/log/worker-spark.log"


@pytest.mark.django_db
def test_the_command_reports_workers_that_take_nothing_and_ends_with_1(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", "--patience", "0.1")
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert (ended.value.code, checks["queue spark"]["ok"]) == (1, False)
    assert [checks[name]["ok"] for name in ("database", "migrations", "models")] == [True] * 3
    assert [name for name, check in checks.items() if not check["ok"] and not check["mend"]] == []


@pytest.mark.django_db
def test_models_whose_files_are_gone_or_shorter_are_named(settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    for name, content in (("ner_whole", "12345"), ("ner_short", "1")):
        model = registered(name, size=5)
        model.path.mkdir(parents=True)
        (model.path / "file").write_text(content)
    registered("ner_gone", size=5)
    check = doctor.model_files()
    assert check.found == "files of 2 of 3 versions are missing or changed: ner_gone 1, ner_short 1"
    assert check.mend.startswith("Run: .venv/bin/python manage.py models verify.")


def test_a_database_that_is_away_leaves_what_hangs_on_it_unchecked(monkeypatch):
    away = doctor.Check("database", False, "it doesn't answer", "Run: make run")
    monkeypatch.setattr(doctor, "database", lambda env: away)
    assert doctor._stored(None) == [
        away,
        doctor.Check("migrations", False, "not checked", "Mend first: database"),
        doctor.Check("models", False, "not checked", "Mend first: migrations"),
    ]


def test_an_open_secret_and_a_folder_that_cannot_be_written_to_are_named(tmp_path, monkeypatch):
    env = SimpleNamespace(var_dir=tmp_path)
    (tmp_path / "models").mkdir()
    key = tmp_path / "secret-key"
    key.write_text("x")
    key.chmod(0o644)
    assert doctor.folders(env).mend == f"Run: chmod 600 {key}"
    key.chmod(0o600)
    assert doctor.folders(env).ok is True
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: path.name != "models")
    assert doctor.folders(env).found == f"can't write to {tmp_path / 'models'}"

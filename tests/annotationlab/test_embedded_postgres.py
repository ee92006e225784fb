import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from annotationlab import embedded_postgres, postgres_place
from tests.annotationlab.conftest import ROOT

pytestmark = pytest.mark.slow


def postmaster(var_dir: Path) -> int:
    return int((embedded_postgres.data_folder(var_dir) / "postmaster.pid").read_text().split()[0])


def connect(var_dir: Path) -> psycopg.Connection[Any]:
    host = str(embedded_postgres.socket_folder(var_dir))
    return psycopg.connect(host=host, user=embedded_postgres.USER, dbname=embedded_postgres.NAME)


def answer(var_dir: Path, query: str) -> str:
    with connect(var_dir) as connection:
        row = connection.execute(query).fetchone()
    return str(row[0])


def execute(var_dir: Path, statement: str) -> None:
    with connect(var_dir) as connection:
        connection.execute(statement)


def test_several_first_starts_at_once_share_one_server(first_starts):
    folder, codes = first_starts
    assert (codes, answer(folder, "SELECT current_database()")) == ([0, 0, 0, 0], "annotationlab")


def test_what_a_killed_first_start_left_is_gone(first_starts):
    assert (first_starts[0] / "postgres" / "data.unfinished").exists() is False


def test_it_comes_back_after_a_kill_with_what_was_committed(server):
    execute(server, "CREATE TABLE kept AS SELECT 7 AS seven")
    os.kill(postmaster(server), signal.SIGKILL)
    embedded_postgres.start(server)
    assert answer(server, "SELECT seven FROM kept") == "7"


def test_a_noted_pid_that_is_another_program_s_by_now_does_not_hinder(server):
    noted = embedded_postgres.data_folder(server) / "postmaster.pid"
    lines = noted.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    noted.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert embedded_postgres.running(server) is False
    embedded_postgres.start(server)
    assert answer(server, "SELECT 1") == "1"


def test_it_stops_and_starts_again(server):
    embedded_postgres.stop(server)
    assert embedded_postgres.running(server) is False
    embedded_postgres.start(server)
    assert embedded_postgres.running(server) is True


def test_no_text_of_a_statement_reaches_the_log(server):
    names = ("log_statement", "log_parameter_max_length_on_error", "log_min_error_statement")
    assert [answer(server, f"SHOW {name}") for name in names] == ["none", "0", "panic"]


def test_a_long_path_gets_a_short_socket_folder(tmp_path):
    folder = embedded_postgres.socket_folder(tmp_path / ("long" * 30))
    assert len(str(folder / ".s.PGSQL.5432")) < 107


def test_nothing_is_running_where_nothing_was_started(tmp_path):
    embedded_postgres.stop(tmp_path)
    assert (embedded_postgres.running(tmp_path), list(tmp_path.iterdir())) == (False, [])


@pytest.fixture
def closed() -> Iterator[Path]:
    """A var folder that only its owner may enter, as below /root."""
    folder = Path(tempfile.mkdtemp(prefix="annotationlab-test-")) / "var"
    folder.mkdir()
    yield folder
    embedded_postgres.stop(folder)
    place = postgres_place.home(folder).parent
    shutil.rmtree(folder.parent)
    if postgres_place.ELSEWHERE in place.parents:
        shutil.rmtree(place)


def test_it_runs_in_a_folder_that_only_its_owner_may_enter(closed):
    embedded_postgres.start(closed)
    embedded_postgres.stop(closed)
    embedded_postgres.start(closed)
    assert (embedded_postgres.running(closed), answer(closed, "SELECT 1")) == (True, "1")


def test_a_folder_that_was_deleted_and_made_anew_gets_an_empty_database(closed):
    embedded_postgres.start(closed)
    execute(closed, "CREATE TABLE old AS SELECT 7 AS seven")
    shutil.rmtree(closed)
    closed.mkdir()
    embedded_postgres.start(closed)
    assert answer(closed, "SELECT to_regclass('old') IS NULL") == "True"


def test_postgresql_s_own_variables_of_a_terminal_change_nothing(server):
    embedded_postgres.stop(server)
    code = f"from pathlib import Path; from annotationlab import embedded_postgres as e; e.start(Path({str(server)!r}))"
    strange = {"PGPORT": "5999", "PGHOST": "nowhere.invalid", "PGOPTIONS": "-c search_path=elsewhere"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | strange, check=True)
    assert answer(server, "SHOW port") == embedded_postgres.PORT


def test_a_socket_folder_that_leads_elsewhere_is_refused(closed, tmp_path):
    folder = embedded_postgres.socket_folder(closed)
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path)
    with pytest.raises(embedded_postgres.DatabaseUnavailable, match="belongs to another user"):
        embedded_postgres.start(closed)

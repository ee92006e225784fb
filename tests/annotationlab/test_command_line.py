import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def manage(*arguments: str, **variables: str) -> tuple[int, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ANNOTATIONLAB_") and name != "DATABASE_URL"
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=kept | variables, capture_output=True, text=True
    )
    return done.returncode, done.stderr.strip()


def test_a_database_that_does_not_run_is_a_sentence(tmp_path):
    answer = manage("models", "list", ANNOTATIONLAB_VAR=str(tmp_path))
    assert answer == (1, "The database isn't running. Start it with: make run")


def test_a_database_url_that_leads_nowhere_is_a_sentence():
    code, words = manage(
        "models", "list", DATABASE_URL="postgresql://lab:secret@127.0.0.1:1/labels", ANNOTATIONLAB_SECRET_KEY="k" * 50
    )
    assert (code, words.startswith("The database of DATABASE_URL can't be reached: "), "secret" in words) == (
        1,
        True,
        False,
    )


def test_a_database_without_migrations_is_a_sentence(server):
    assert manage("models", "list", ANNOTATIONLAB_VAR=str(server)) == (
        1,
        "The database is not up to date with this version. Run: .venv/bin/python manage.py migrate",
    )


def test_a_wrong_setting_is_a_sentence_for_every_command():
    assert manage("models", "list", ANNOTATIONLAB_DEBUG="perhaps") == (
        1,
        "ANNOTATIONLAB_DEBUG is 'perhaps'. Write yes or no.",
    )

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from annotationlab import environment

ROOT = Path(__file__).resolve().parents[2]
URL = "postgresql://lab:pass%20word@db.internal:5433/labels?sslmode=require"


def read(tmp_path: Path, **variables: str) -> environment.Environment:
    return environment.read(tmp_path, variables)


def refusal(tmp_path: Path, **variables: str) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(tmp_path, **variables)
    return str(caught.value)


def test_an_empty_environment_gives_the_defaults(tmp_path):
    env = read(tmp_path)
    assert (env.var_dir, env.bind, env.debug, env.database, env.spark_threads) == (
        tmp_path / "var",
        "127.0.0.1:8000",
        False,
        None,
        2,
    )


def test_a_variable_of_blanks_counts_as_not_set(tmp_path):
    assert read(tmp_path, ANNOTATIONLAB_BIND="  ").bind == "127.0.0.1:8000"


def test_lists_are_split_at_commas_and_stripped(tmp_path):
    env = read(tmp_path, ANNOTATIONLAB_ALLOWED_HOSTS="a.example.org, b.example.org ,")
    assert env.allowed_hosts == ["a.example.org", "b.example.org"]


def test_the_local_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = read(tmp_path).secret_key
    path = tmp_path / "var" / "secret-key"
    assert (len(first) > 50, read(tmp_path).secret_key, path.stat().st_mode & 0o777) == (True, first, 0o600)


def test_a_database_url_becomes_a_django_database(tmp_path):
    database = read(tmp_path, DATABASE_URL=URL, ANNOTATIONLAB_SECRET_KEY="k" * 50).database
    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "labels",
        "USER": "lab",
        "PASSWORD": "pass word",
        "HOST": "db.internal",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def test_with_a_database_url_the_secret_key_is_demanded(tmp_path):
    assert refusal(tmp_path, DATABASE_URL=URL) == (
        "ANNOTATIONLAB_SECRET_KEY is missing. With DATABASE_URL set, give a long random text that stays the same on "
        "every server of this installation."
    )


@pytest.mark.parametrize(
    "url",
    ["postgresql://lab:hush@[db/x", "postgresql://lab:hush@db:port/x", "mysql://lab:hush@db/x", "postgresql://db/"],
)
def test_a_wrong_database_url_is_refused_without_its_password(tmp_path, url):
    words = refusal(tmp_path, DATABASE_URL=url)
    assert (words.startswith("DATABASE_URL"), "hush" in words) == (True, False)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BIND", "8000", "ANNOTATIONLAB_BIND is '8000'. Write an address and a port, as 127.0.0.1:8000."),
        ("BIND", "lab:70000", "ANNOTATIONLAB_BIND is 'lab:70000'. Write an address and a port, as 127.0.0.1:8000."),
        ("DEBUG", "maybe", "ANNOTATIONLAB_DEBUG is 'maybe'. Write yes or no."),
        ("SPARK_THREADS", "0", "ANNOTATIONLAB_SPARK_THREADS is '0'. Write a number from 1 to 256."),
        ("SPARK_MEMORY", "lots", "ANNOTATIONLAB_SPARK_MEMORY is 'lots'. Write a size such as 4g or 2500m."),
        (
            "TIME_ZONE", "Mars/Base",
            "ANNOTATIONLAB_TIME_ZONE is 'Mars/Base', which this machine doesn't know. "
            "Write one such as UTC or Europe/Paris.",
        ),
        ("LOG_LEVEL", "loud", "ANNOTATIONLAB_LOG_LEVEL is 'loud'. Write DEBUG, INFO, WARNING or ERROR."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_name_with_what_to_write(tmp_path, name, value, words):
    assert refusal(tmp_path, **{f"ANNOTATIONLAB_{name}": value}) == words


def test_an_unknown_variable_is_reported_with_the_nearest_that_exists():
    assert environment.unknown_variables(
        {"ANNOTATIONLAB_SPARK_MEMROY": "8g", "ANNOTATIONLAB_BIND": "x", "HOME": "/"}
    ) == [
        "ANNOTATIONLAB_SPARK_MEMROY is not a setting of Annotation Lab and has no effect. "
        "Did you mean ANNOTATIONLAB_SPARK_MEMORY?"
    ]


def test_the_readme_has_exactly_these_settings():
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    listed = [tuple(cell.strip().strip("`") for cell in row.strip("|").split("|")) for row in rows]
    settings = [row for row in listed if row[0].isupper()]
    assert settings == [(each.name, each.default, each.meaning) for each in environment.VARIABLES]

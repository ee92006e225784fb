"""The people and the project that tests are about. Spark's fixtures stand beside the tests that touch Spark."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from annotationlab import embedded_postgres
from projects.models import Project
from projects.models.project import Role
from tests.stack import Stack

PASSWORD = "correct-horse-battery"
NER_CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" background="#2f7ed8" hotkey="d"/>
    <Label value="DOSAGE" background="#c2410c" hotkey="o"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` all tests on the whole product go to one process, those of the Spark session to another:
    each of the two is started once."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("product"))
        elif item.get_closest_marker("spark"):
            item.add_marker(pytest.mark.xdist_group("spark"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Starts the embedded server where no DATABASE_URL is given, before the test database is made on it."""
    if "DATABASE_URL" not in os.environ:
        embedded_postgres.start(settings.VAR_DIR)


@pytest.fixture(autouse=True)
def static_files_without_manifest(settings) -> None:
    """Pages name files as they are in static/, whether or not they were collected since the last change. Each client
    would read through all of them once more, which took a third of the fast tests' time."""
    settings.WHITENOISE_AUTOREFRESH = True
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(autouse=True)
def uploads_apart(settings, tmp_path) -> None:
    """What tests upload and export stays out of var/."""
    settings.UPLOADS_DIR = tmp_path / "uploads"


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Real hashing takes longer than most tests, five times for the people of one project."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The running product with its demo, for the tests that need all of it; started once, in a new folder that the
    user nobody can enter, as the database of root has to."""
    folder = Path(tempfile.mkdtemp(prefix="annotationlab-"))
    folder.chmod(0o755)
    running = Stack(folder)
    try:
        running.start()
        running.until(running.first_run_is_through, 900, "the demo's first run", pause=3)
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def person(name: str) -> User:
    return User.objects.create_user(name, password=PASSWORD)


@pytest.fixture
def owner(db: None) -> User:
    return person("olga")


@pytest.fixture
def manager(db: None) -> User:
    return person("mona")


@pytest.fixture
def reviewer(db: None) -> User:
    return person("rui")


@pytest.fixture
def annotator(db: None) -> User:
    return person("anna")


@pytest.fixture
def outsider(db: None) -> User:
    return person("otto")


@pytest.fixture
def project(owner: User, manager: User, reviewer: User, annotator: User) -> Project:
    project = Project.create(owner=owner, name="Discharge notes", labeling_config=NER_CONFIG)
    project.members.create(user=manager, role=Role.MANAGER)
    project.members.create(user=reviewer, role=Role.REVIEWER)
    project.members.create(user=annotator, role=Role.ANNOTATOR)
    return project


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client

"""What the browser tests of runs share: projects of their own with a deployment, what the database holds, and a door
that runs wait at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from playwright.sync_api import Locator, Page, expect

from tests.stack import Stack

ENGINE_MS = 180_000
"""For what loads models, on a machine that has other things to do as well."""
WORKER_MS = 120_000
"""For what a worker of the default queue does."""
BATCH = 60
"""Tasks that a worker takes at once; it has a second batch in hand while it stores the first."""
DOOR = "Door"
DOOR_LOCK = 7_001
CONFIG = """<View>
  <Labels name="label" toName="text"><Label value="DRUG" model="ner_posology" hotkey="d"/></Labels>
  <Text name="text" value="$text"/>
</View>"""
WITHOUT_MODELS = """<View>
  <Labels name="label" toName="text"><Label value="DRUG" hotkey="d"/></Labels>
  <Text name="text" value="$text"/>
</View>"""
MADE = """
import json
from preannotation import actions
from projects.digests import data_digest, digest
from projects.models import Project, Task
given = json.loads({given!r})
demo = Project.objects.order_by("pk")[0]
new = Project.create(owner=demo.owner, name=given["name"])
for member in demo.members.exclude(user=demo.owner):
    new.members.create(user=member.user, role=member.role)
new.set_labeling_config(given["config"], demo.owner)
tasks = [
    Task(project=new, **data, text_hash=digest(data["text"]), data_hash=data_digest(data))
    for data in (dict(title=title, text=text) for title, text in given["texts"].items())
]
annotator = new.members.get(role="annotator").user
for task in Task.objects.bulk_create(tasks):
    task.assignments.create(user=annotator, role="annotator")
if given["deployed"]:
    actions.deploy(new, demo.owner)
print(new.pk)
"""


class Product:
    """The running product's database, read and changed beside its pages."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.connection = stack.connect()
        self.made: list[int] = []

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def project(self, name: str, texts: dict[str, str], config: str = CONFIG, deployed: bool = True) -> int:
        """With the demo's team; every task assigned to its annotator. texts: by the task's title. deployed: waits until
        the config's models are ready."""
        given = json.dumps({"name": name, "texts": texts, "config": config, "deployed": deployed})
        project = int(self.stack.manage("shell", "-v", "0", "-c", MADE.format(given=given)).split()[-1])
        self.made.append(project)
        ready = "SELECT state FROM preannotation_deployment WHERE project_id = %s"
        if deployed:
            self.stack.until(lambda: self.rows(ready, project) == [("ready",)], ENGINE_MS / 1000, "the deployment")
        return project

    def runs(self, project: int) -> list[tuple[Any, ...]]:
        """(state, total, found, empty, unchanged, failed, cancelled) of each, in order."""
        return self.rows(
            "SELECT state, total, found, empty, unchanged, failed, cancelled FROM preannotation_preannotationrun "
            "WHERE project_id = %s ORDER BY id",
            project,
        )

    def until_runs_are_through(self, project: int) -> None:
        def through() -> bool:
            return all(state == "done" for state, *_ in self.runs(project))

        self.stack.until(through, ENGINE_MS / 1000, "the project's runs")

    def states(self, project: int) -> dict[str, int]:
        """How many tasks of the project are in each state of pre-annotation."""
        counted = "SELECT preannotation_state, count(*) FROM projects_task WHERE project_id = %s GROUP BY 1"
        return dict(self.rows(counted, project))

    def predictions(self, project: int) -> int:
        """How many there are of the project's tasks."""
        counted = (
            "SELECT count(*) FROM projects_prediction AS p JOIN projects_task AS t ON t.id = p.task_id "
            "WHERE t.project_id = %s"
        )
        return int(self.rows(counted, project)[0][0])

    def stop_deployments(self, projects: Sequence[int]) -> None:
        """What they took in memory goes to those who come next."""
        self.connection.execute(
            "UPDATE preannotation_deployment SET state = 'stopped', stopped_at = now() WHERE project_id = ANY(%s)",
            [list(projects)],
        )


class Door:
    """A run waits before the batch with a task titled DOOR, until it is opened."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = connection

    def shut(self) -> None:
        self.connection.execute("SELECT pg_advisory_lock(%s)", [DOOR_LOCK])

    def open(self) -> None:
        self.connection.execute("SELECT pg_advisory_unlock_all()")


@contextmanager
def doorway(product: Product) -> Iterator[Door]:
    with product.stack.connect() as connection:
        # Only rows of this run are locked while it waits: people go on with the tasks, and other runs with theirs.
        connection.execute(
            "CREATE FUNCTION wait_at_the_door() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF EXISTS (SELECT 1 FROM projects_task WHERE id = NEW.task_id AND title = '{DOOR}') "
            f"THEN PERFORM pg_advisory_xact_lock_shared({DOOR_LOCK}); END IF; RETURN NEW; END $$"
        )
        connection.execute(
            "CREATE TRIGGER door BEFORE UPDATE ON preannotation_runtask FOR EACH ROW "
            "WHEN (NEW.state = 'running') EXECUTE FUNCTION wait_at_the_door()"
        )
        door = Door(connection)
        try:
            yield door
        finally:
            door.open()
            connection.execute("DROP TRIGGER door ON preannotation_runtask")
            connection.execute("DROP FUNCTION wait_at_the_door()")


def notes(count: int, door: int = 0) -> dict[str, str]:
    """Texts by title, each with one drug in it. door: the number of the task that a run waits at; 0: none."""
    texts = {}
    for number in range(1, count + 1):
        title = DOOR if number == door else f"Note {number:03}"
        texts[title] = f"Patient {number} takes aspirin daily."
    return texts


def open_popup(page: Page, project: int, query: str = "") -> Locator:
    page.goto(f"/projects/{project}/{query}")
    page.get_by_role("button", name="Preannotate").click()
    popup = page.get_by_role("dialog")
    expect(popup.get_by_role("heading", name="Preannotate")).to_be_visible()
    return popup


def start_all(popup: Locator, count: int) -> None:
    """All tasks of the project, which are `count`."""
    popup.get_by_label("All tasks of the project").check()
    popup.get_by_role("button", name=f"Preannotate {count} task").click()


def shown_states(page: Page) -> list[str]:
    """What the rows of the list say of pre-annotation, in the list's order, once all of them are there."""
    page.wait_for_load_state()
    return page.locator("#task-rows tr .state[class*=' state-']").all_inner_texts()

"""The web server dies under an editor's hands and comes back: nothing is lost, nobody has to do anything."""

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.editing import press, select
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.spark]

BACK_MS = 60_000


def kill_web(stack: Stack) -> int:
    """How many processes of the web server were killed; the supervisor starts it again."""
    own = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "gunicorn" in " ".join(process.info["cmdline"] or ()) and environment_of(process) == str(stack.folder)
    ]
    for process in own:
        process.kill()
    return len(own)


def environment_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("ANNOTATIONLAB_VAR")
    except psutil.Error:
        return None


def test_work_done_while_the_server_restarts_is_saved_when_it_is_back(stack, log_in):
    page = log_in("annotator")
    page.get_by_role("link", name="Clinical notes (demo)").click()
    page.get_by_role("link", name="Next task").click()
    page.locator("button[data-do=save]:not(:disabled)").wait_for()
    task = int(page.url.split("?")[0].rstrip("/").rsplit("/", 1)[1])
    word = max(page.locator("#text").inner_text().split()[:12], key=len).strip(".,:;")
    assert kill_web(stack) > 0
    select(page, word)
    press(page, "d")
    state = page.locator("#save-state")
    expect(state).to_contain_text("Saved", timeout=BACK_MS)
    theirs = f"Completion.objects.filter(task={task}, username='annotator')"
    results = stack.query(f"list({theirs}.values_list('result', flat=True))")
    assert [[region["value"]["text"] for region in result] for result in results] == [[word]]

"""A submitted completion on its way: rejected, corrected by its annotator, corrected by the reviewer, deleted."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser]

TEXT = "Given aspirin 100 mg daily."
CONFIG = (
    '<View><Labels name="label" toName="text"><Label value="DRUG"/><Label value="DOSAGE"/></Labels>'
    '<Text name="text" value="$text"/></View>'
)


def region(start: int, end: int, label: str) -> dict:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}
    return {"id": f"r{start}", "from_name": "label", "to_name": "text", "type": "labels", "value": value}


@pytest.fixture
def task(log_in, stack) -> str:
    """Address of a task that the annotator has submitted and the reviewer reviews, in a project of its own."""
    new = "Project.create(owner=demo.owner, name='Reviewed in a browser')"
    team = "[new.members.create(user=m.user, role=m.role) for m in demo.members.exclude(user=demo.owner)]"
    save = f"new.set_labeling_config({CONFIG!r}, demo.owner)"
    made = f"(lambda demo: (lambda new: ({save}, {team}, new.pk)[-1])({new}))(Project.objects.order_by('pk')[0])"
    project = int(stack.query(made))
    page = log_in("manager")
    page.goto(f"/projects/{project}/import/")
    done = {"created_username": "annotator", "submitted_at": "2024-01-03T00:00:00Z", "result": [region(6, 13, "DRUG")]}
    content = json.dumps([{"data": {"text": TEXT, "title": "Note"}, "completions": [done]}]).encode()
    upload = {"name": "notes.json", "mimeType": "application/json", "buffer": content}
    page.get_by_label("File").set_input_files(upload)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=re.compile("notes.json"))).to_be_visible()
    given = "[t.assignments.create(user=m.user, role=m.role) for m in t.project.members.all() if m.role in ROLES]"
    given = given.replace("ROLES", "('annotator', 'reviewer')")
    stack.query(f"(lambda t: len({given}))(Project.objects.get(pk={project}).tasks.get())")
    return f"/projects/{project}/tasks/{stack.query(f'Project.objects.get(pk={project}).tasks.get().pk')}/"


def send(page: Page, address: str, result: list[dict], version: int) -> dict:
    """What the editor sends, from the page that is open."""
    return page.evaluate(
        """async ([address, body]) => {
          const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
          const headers = {"X-CSRFToken": token, "Content-Type": "application/json"};
          return (await fetch(address, {method: "POST", headers, body: JSON.stringify(body)})).json();
        }""",
        [address, {"result": result, "version": version}],
    )


def opened(page: Page) -> int:
    """The completion that the address names."""
    return int(re.search(r"completion=(\d+)", page.url)[1])


def test_what_is_rejected_comes_back_to_its_annotator_and_is_accepted_in_the_end(log_in, task):
    reviewer, annotator = log_in("reviewer"), log_in("annotator")
    reviewer.goto(task)
    expect(reviewer.locator(".task-bar .state")).to_have_text("Submitted")
    review = reviewer.get_by_role("region", name="Review")
    review.get_by_role("button", name="Reject").click()
    expect(reviewer.locator("#notices")).to_contain_text("Say in the comment what is to be corrected.")
    review.get_by_label("Comment").fill("The dose is missing.")
    review.get_by_role("button", name="Reject").click()
    expect(reviewer.locator(".task-bar .state")).to_have_text("To Correct")

    annotator.goto(task)
    completions = annotator.get_by_role("region", name="Completions")
    expect(completions).to_contain_text("The dose is missing.")
    expect(completions).to_contain_text("Rejected by reviewer")
    completions.get_by_role("button", name=re.compile("^Clone")).click()
    expect(completions.locator("li[aria-current]")).to_contain_text("Draft")
    draft = opened(annotator)
    done = send(annotator, f"{task}completions/{draft}/submit/", [region(6, 13, "DRUG"), region(14, 20, "DOSAGE")], 1)
    assert done["status"] == "submitted"

    reviewer.goto(task)
    review.get_by_role("button", name="Accept").click()
    expect(reviewer.locator(".task-bar .state")).to_have_text("Reviewed")
    expect(reviewer.get_by_role("region", name="Completions").locator(".state")).to_have_text(["Accepted", "Rejected"])


def test_a_reviewer_corrects_by_keyboard_on_a_narrow_screen(log_in, task):
    page = log_in("reviewer", 390)
    page.goto(task)
    page.get_by_role("region", name="Review").get_by_label("Comment").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Correct it myself")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Completions").locator("li[aria-current]")).to_contain_text("Correction")
    expect(page.locator(".task-bar .state")).to_have_text("Submitted")
    done = send(page, f"{task}completions/{opened(page)}/submit/", [region(14, 20, "DOSAGE")], 1)
    assert (done["status"], done["status_words"]) == ("reviewed", "Reviewed")
    page.goto(task)
    states = page.get_by_role("region", name="Completions").locator(".state")
    expect(states).to_have_text(["Accepted", "Corrected"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_deleting_a_completion_asks_in_numbers(log_in, task):
    page = log_in("manager")
    page.goto(task)
    completions = page.get_by_role("region", name="Completions")
    completions.get_by_role("button", name=re.compile("^Clone")).click()
    page.wait_for_url(re.compile("completion="))
    draft = opened(page)
    star = completions.get_by_role("button", name=f"Star completion {draft}")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    completions.get_by_role("link", name=f"Delete completion {draft}").click()
    expect(page.get_by_role("listitem").filter(has_text="1 region")).to_be_visible()
    page.get_by_role("button", name="Delete 1 completion and 1 region").click()
    expect(page.locator("#notices")).to_contain_text(f"Completion {draft} is deleted.")
    expect(completions.get_by_role("listitem")).to_have_count(1)

"""Controls of a Labeling Config that are about something that is not supported yet."""

from projects.labeling_config import parse
from projects.models import Project
from projects.results import check_result, choices_region
from tests.conftest import client_of
from tests.projects.editor_calls import ASPIRIN, assigned_task, create, submit
from tests.projects.rows import texts

TEXT = '<Text name="text" value="$text"/>'
PAGE = '<HyperText name="page" value="$html"/>'
CONFIG = f"""<View>{TEXT}
{PAGE}
<Header value="Of the page"/><Choices name="c" toName="page" required="true"><Choice value="A"/></Choices>
<Header value="Look"/><Labels name="label" toName="page, text"><Label value="DRUG"/></Labels></View>"""


def test_they_are_kept_and_told_of_and_the_others_offered():
    outcome = parse(CONFIG)
    config = outcome.config
    assert (outcome.problems, config.not_offered, config.control("c")) == ((), ("c",), None)
    assert [type(block).__name__ for block in config.blocks] == ["TextObject", "Header", "LabelsControl"]
    assert [str(notice) for notice in config.unsupported] == [
        "Line 2: <HyperText> is not supported yet. It is kept, but has no effect.",
        'Line 3: <Choices name="c"> is only about <HyperText name="page">, not supported yet. It is kept, but not '
        "offered.",
    ]


def test_what_is_wrong_with_them_is_told():
    twice = '<Choices name="c" toName="page"><Choice value="A"/><Choice value="A"/></Choices>'
    asks = '<Choices name="d" toName="page" model="m"><Choice value="A"/></Choices>'
    outcome = parse(f"<View>{TEXT}{PAGE}{twice}{asks}</View>")
    assert [str(problem) for problem in outcome.problems] == [
        'Line 1: Choice "A" of <Choices name="c"> is there already, in line 1. Remove or rename one of the two.',
        'Line 1: <Choices name="d"> asks a model, but points to <HyperText name="page">; models read only '
        '<Text name="text">. Write toName="text".',
    ]


def test_an_answer_of_theirs_is_refused_with_its_reason():
    answer = choices_region("c", "page", region_id="k", choices=["A"], confidence=None)
    assert [refused.reason for refused in check_result([answer], parse(CONFIG).config, "Took aspirin.").refused] == [
        '"c" is not about the text of the task, and nothing else is supported yet.'
    ]


def test_they_are_not_asked_on_the_task_page_nor_required(project: Project, annotator, owner):
    project.set_labeling_config(CONFIG, owner)
    task = assigned_task(project, annotator)
    shown = client_of(annotator).get(task.get_absolute_url())
    assert texts(shown, "//legend") == []
    pk = create(annotator, task, [ASPIRIN])[1]["id"]
    assert submit(annotator, task, pk, [ASPIRIN], 1)[0] == 200

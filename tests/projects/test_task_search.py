import pytest

from projects import search_index
from projects.models import Completion, KnownValue, Project, Task, TaskMarks
from projects.task_filter import NEVER, NOBODY, TaskFilter
from projects.task_search import parse
from tests.projects.rows import make_tasks, predict, span

CHOICE = {"from_name": "kind", "to_name": "text", "type": "choices", "value": {"choices": [["Care", "Day Clinic"]]}}


def found(project: Project, **given: str) -> list[str]:
    tasks = TaskFilter.of(given).apply(Task.objects.in_project(project))
    return list(tasks.order_by("pk").values_list("title", flat=True))


@pytest.fixture
def searched(project: Project, owner) -> Project:
    texts = ("Took Aspirin 10.5 mg/day.", "Chest pain; no fever.He slept", "ÄRZTE: pain in the chest", "naspirin x_y")
    tasks = make_tasks(project, *texts)
    predict(tasks[0], [span(texts[0], 5, 12), CHOICE])
    predict(tasks[1], [span(texts[1], 0, 10, "SYMPTOM")], hidden=True)
    Completion.objects.create(task=tasks[2], username="anna", result=[span(texts[2], 7, 11, "SYMPTOM")])
    other = Project.create(owner=owner, name="Other")
    make_tasks(other, "aspirin elsewhere")
    for each in (project, other):
        search_index.index_words(each.pk)
    search_index.refresh_marks([task.pk for task in tasks])
    return project


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("aspirin", ["note 1"]),
        ("ASPIR*", ["note 1"]),
        ("aspir", []),
        ("day", ["note 1"]),
        ("10.5", ["note 1"]),
        ("fever", ["note 2"]),
        ("he", ["note 2"]),
        ('"chest pain"', ["note 2"]),
        ("pain chest", ["note 2", "note 3"]),
        ("ärzte", ["note 3"]),
        ("x_y", ["note 4"]),
        ("O'Neil\\", []),
        ("label:drug", ["note 1"]),
        ("label:SYMPTOM", ["note 3"]),
        ("label:DRUG=aspirin", ["note 1"]),
        ('label:DRUG="  ASPIRIN "', ["note 1"]),
        ("label:DRUG=aspiri", []),
        ('choice:"day  clinic"', ["note 1"]),
        ("aspirin label:SYMPTOM", []),
    ],
)
def test_what_a_search_finds(searched, q, expected):
    assert found(searched, q=q) == expected


@pytest.mark.parametrize(
    ("q", "told"),
    [
        ('"chest pain', "quotation mark is left open"),
        ("author:anna", '"author:" can\'t be searched by'),
        ("label:", "lacks the name"),
        ("label:DRUG=", "lacks the text"),
        ("choice:a=b", "A choice covers no text"),
        ("!!!", "holds no word"),
        ("*", "holds no word"),
        ("½", "holds no word"),
        ('"² ½"', "holds no word"),
        ("as*rin", "only at the end"),
        ("word " * 31, "more than 30 words"),
    ],
)
def test_what_is_not_understood_is_told_and_finds_nothing(searched, q, told):
    assert [told in problem for problem in parse(q).problems] == [True]
    assert found(searched, q=q) == []


@pytest.mark.parametrize("q", ["'", "\\", "a' | 'b", "(", "a:b:c", "<->", "&", "\0x", ":*", "12:30", "😀", "'#1'", "²"])
def test_no_search_breaks_the_query(searched, q):
    found(searched, q=q)


def test_filters_by_results(searched):
    assert found(searched, label="Drug") == ["note 1"]
    assert found(searched, version="ner_posology 1") == ["note 1"]
    assert found(searched, predictions="with") == ["note 1"]
    assert found(searched, predictions="without") == ["note 2", "note 3", "note 4"]


def test_filters_by_what_a_task_is(project, annotator):
    one, two, three = make_tasks(project, "a", "b", "c")
    Task.objects.filter(pk=one.pk).update(preannotation_state="failed", status="reviewed", tags=["Train", "x"])
    Task.objects.filter(pk=two.pk).update(preannotation_state="found", region_count=1, lowest_confidence=0.5)
    three.assignments.create(user=annotator, role="annotator")
    assert found(project, state="failed") == ["note 1"]
    assert found(project, state=NEVER) == ["note 3"]
    assert found(project, status="reviewed") == found(project, tag="x") == ["note 1"]
    assert found(project, most="0.5") == found(project, least="0,5") == ["note 2"]
    assert found(project, least="0.51") == []
    assert found(project, person="anna") == ["note 3"]
    assert found(project, person=NOBODY) == ["note 1", "note 2"]
    assert found(project, person="nobody here") == []


def test_filters_by_an_import(project, owner):
    tasks = make_tasks(project, "a", "b", "c")
    report = project.imports.create(file_name="x", created_by=owner, first_task=tasks[1].pk, last_task=tasks[2].pk)
    assert found(project, report=str(report.pk)) == ["note 2", "note 3"]
    assert found(project, report="999999") == []


def test_nonsense_in_an_address_narrows_nothing():
    nonsense = {"state": "x", "status": "", "most": "nan", "least": "2", "report": "-1", "predictions": "x", "q": " "}
    assert (TaskFilter.of(nonsense), TaskFilter.of({}).query, TaskFilter.of({}).words) == (TaskFilter(), "", "")


def test_the_canonical_query_means_the_same_filter_and_says_so_in_words():
    shown = TaskFilter.of({"q": "a b", "state": "failed", "person": NOBODY, "most": "0.50", "page": "3"})
    assert shown.query == "state=failed&person=%21&most=0.5&q=a+b"
    assert shown.words == "pre-annotation: failed, assigned to nobody, lowest confidence at most 0.5, search: a b"


def test_marks_follow_what_is_hidden_and_deleted(searched):
    task = Task.objects.get(title="note 1", project=searched)
    task.predictions.update(hidden=True)
    search_index.refresh_marks([task.pk])
    assert TaskMarks.objects.get(task=task).marks == [f"#{searched.pk}"]
    task.predictions.update(hidden=False)
    search_index.refresh_marks([task.pk])
    said = ["l:drug", "t:drug=aspirin", "c:care", "c:day clinic"]
    assert sorted(TaskMarks.objects.get(task=task).marks) == sorted(
        [f"#{searched.pk}", "p", "v:ner_posology 1", *said, *(f"m:{mark}" for mark in said)]
    )


def test_what_was_seen_is_offered(searched):
    offered = KnownValue.objects.filter(project=searched).order_by("kind", "value").values_list("kind", "value")
    assert list(offered) == [
        ("choice", "Care"), ("choice", "Day Clinic"), ("label", "DRUG"), ("label", "SYMPTOM"),
        ("version", "ner_posology 1"),
    ]  # fmt: skip


def test_only_texts_that_are_not_indexed_yet_are_indexed(searched):
    assert search_index.index_words(searched.pk) == 0
    Task.objects.create(
        project=searched, title="new", text="new", text_hash="0" * 32, data_hash="0" * 32, tags=["Train"]
    )
    assert search_index.index_words(searched.pk) == 1
    assert found(searched, q="new") == ["new"]
    assert KnownValue.objects.filter(kind="tag").values_list("value", flat=True).get() == "Train"


def test_a_text_with_more_words_than_an_index_entry_holds_is_found_by_its_first_ones(project):
    make_tasks(project, "beginning " + " ".join(f"w{number:07}" for number in range(120_000)), "short")
    assert search_index.index_words(project.pk) == 2
    assert (found(project, q="beginning"), found(project, q="short")) == (["note 1"], ["note 2"])

"""The pages about evaluations, as managers see them, and who is turned away."""

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from preannotation.evaluating.errors import Error, Judged, Said
from preannotation.evaluating.figures import made
from preannotation.evaluating.pages import DIFFERENT
from preannotation.models import Evaluation, NlpModel
from projects.models.task import TaskStatus
from tests.conftest import client_of
from tests.preannotation.conftest import registered
from tests.projects.rows import make_tasks, page, texts

pytestmark = pytest.mark.django_db

TEXT = "aspirin for fever and <b>"


@pytest.fixture
def client(manager):
    return client_of(manager)


@pytest.fixture
def tasks(configured):
    return make_tasks(configured, *[TEXT] * 30, tags=["Test"], status=TaskStatus.REVIEWED)


@pytest.fixture
def both(configured) -> list[NlpModel]:
    return [NlpModel.objects.get(name="ner_drug"), registered("ner_drug", 2, labels=["DRUG"])]


@pytest.fixture
def done(configured, tasks, both, manager) -> Evaluation:
    """The first model misses all but ten of thirty; the second one misses only the first of them, and makes one up."""
    drug, fever = (0, 7, "DRUG"), Said(12, 17, "DRUG", 0.4)
    old = [Judged(task.pk, (drug,), (Said(*drug, 0.9),) if place < 10 else ()) for place, task in enumerate(tasks)]
    new = [Judged(task.pk, (drug,), (Said(*drug, 0.9),) if place else (fever,)) for place, task in enumerate(tasks)]
    about = "30 reviewed tasks tagged Test"
    evaluation = Evaluation.objects.create(
        project=configured,
        created_by=manager,
        about="two on 30",
        tasks=[task.pk for task in tasks],
        figures={str(model.pk): made("ner", judged, about) for model, judged in zip(both, (old, new), strict=True)},
    )
    evaluation.nlp_models.set(both)
    return evaluation


def address(evaluation, query=""):
    return reverse("preannotation:evaluation", args=[evaluation.project_id, evaluation.pk]) + query


def rows(response, title):
    """The cells of each line of the table below a title."""
    lines = page(response).xpath(f"//h3[@id='{title}']/..//tbody/tr")
    return [" ".join(" ".join(cell.text_content().split()) for cell in line if cell.text_content()) for line in lines]


def test_the_list_shows_each_models_main_figure_without_reading_the_errors(
    client, done, configured, django_assert_num_queries
):
    url = reverse("preannotation:evaluations", args=[configured.pk])
    client.get(url)
    with django_assert_num_queries(10):
        response = client.get(url)
    assert texts(response, "//*[@class='evaluated']") == ["ner_drug 2 F1 0.97", "ner_drug 1 F1 0.50"]
    assert texts(response, "//form[@method='post']//li") == [
        "ner_drug 2 Named entities",
        "ner_drug 1 Named entities",
        "ner_problem 1 Named entities",
    ]


def test_ticked_models_are_evaluated_and_the_page_watches(client, tasks, both, configured):
    url = reverse("preannotation:evaluation_start", args=[configured.pk])
    response = client.post(url, {"model": [both[0].pk, "nonsense", 10**30]})
    evaluation = Evaluation.objects.get()
    assert (response.status_code, response["Location"]) == (302, address(evaluation))
    assert (list(evaluation.nlp_models.all()), OrmQ.objects.count()) == ([both[0]], 1)
    assert len(page(client.get(address(evaluation))).xpath("//*[@hx-get=$url]", url=address(evaluation))) == 1


def test_what_is_refused_is_told_above_the_form(client, tasks, configured):
    url = reverse("preannotation:evaluation_start", args=[configured.pk])
    for sent in ({}, {"deployed": "1"}):
        response = client.post(url, sent)
        assert response.status_code == 422
        assert texts(response, "//*[@role='alert']/p") == ["No model was chosen. Tick at least one."]


def test_who_asks_for_the_address_of_the_form_is_led_to_the_form(client, configured):
    response = client.get(reverse("preannotation:evaluation_start", args=[configured.pk]))
    assert (response.status_code, response["Location"]) == (
        302,
        reverse("preannotation:evaluations", args=[configured.pk]),
    )


def test_a_model_has_figures_by_label_and_its_errors_with_the_words_and_the_task(client, done, tasks):
    response = client.get(address(done, "?kind=missed&label=DRUG&page=1"))
    assert rows(response, "labels-title") == ["DRUG 1.00 0.33 0.50 30 20 0 0 0"]
    listed = rows(response, "errors")
    assert (len(listed), listed[0]) == (20, f"note 11 task {tasks[10].pk} aspirin for fever and <b> Missed DRUG – –")
    link = page(response).xpath("//h3[@id='errors']/..//tbody/tr[1]//a/@href")
    assert link == [tasks[10].get_absolute_url()]


def test_errors_come_in_pages_and_nonsense_in_the_address_is_left_out(client, done, both):
    old = Evaluation.objects.get(pk=done.pk)
    figures = old.figures[str(both[0].pk)]
    figures["errors"] *= 2
    old.save(update_fields=["figures"])
    last = client.get(address(done, f"?model={both[0].pk}&kind=nonsense&page=999"))
    assert len(rows(last, "errors")) == 15
    assert texts(last, "//*[@rel='next']") == []
    assert page(last).xpath("//form[@action='#thresholds']/input[@name='page']/@value") == ["2"]
    assert page(client.get(address(done, "?precision=0.95"))).xpath("//*[@rel='next']/@href") == [
        f"?model={both[0].pk}&precision=0.95&page=2#errors"
    ]
    first = client.get(address(done, "?page=-1&precision=nonsense&model=%00"))
    assert len(rows(first, "errors")) == 25
    assert texts(first, "//*[@id='precision-problem']") == ["Give a precision above 0, up to 1, as in 0.9."]


def test_of_a_boundary_error_the_words_of_both_are_shown(client, done, both, tasks):
    judged = [Judged(tasks[0].pk, ((0, 7, "DRUG"),), (Said(0, 11, "DRUG", 0.5),))]
    done.figures[str(both[0].pk)] = made("ner", judged, "1 task")
    done.save(update_fields=["figures"])
    assert rows(client.get(address(done)), "errors") == [
        f"note 1 task {tasks[0].pk} aspirin for fever and <b> Boundary DRUG aspirin DRUG aspirin for 0.50"
    ]


def test_an_error_in_a_task_that_is_gone_is_left_out(client, done, tasks, both):
    tasks[0].delete()
    assert rows(client.get(address(done, f"?model={both[1].pk}")), "errors") == []


def test_calibration_is_a_picture_with_its_numbers_and_thresholds_name_their_source(client, done, both):
    response = client.get(address(done, f"?model={both[1].pk}&precision=0.99"))
    assert rows(response, "calibration") == ["0.4 to 0.5 1 0.40 0.00", "0.9 to 1.0 29 0.90 1.00"]
    assert [circle.get("cx") for circle in page(response).xpath("//circle")] == ["140.0", "260.0"]
    assert rows(response, "thresholds") == ["DRUG 0.90 1.00 29 of 30 29 of 29"]
    source = f"Source: evaluation {done.pk}, 30 reviewed tasks tagged Test."
    assert source in texts(response, "//h3[@id='thresholds']/../p")[-1]


def test_two_versions_side_by_side_show_what_is_gained_and_what_is_broken(client, done, both, tasks):
    query = f"?left={both[0].pk}&right={both[1].pk}"
    response = client.get(address(done, query))
    assert rows(response, "pair-title") == ["DRUG 1.00 0.33 0.50 0.97 0.97 0.97 +0.47"]
    assert "gains 20 and breaks 2." in texts(response, "//h3[@id='pair-title']/../p")[0]
    assert rows(client.get(address(done, query + "&only=breaks")), "errors") == [
        f"Broken note 1 task {tasks[0].pk} aspirin for fever and <b> Missed DRUG – –",
        f"Broken note 1 task {tasks[0].pk} aspirin for fever and <b> Spurious – DRUG 0.40",
    ]
    same = client.get(address(done, f"?left={both[0].pk}&right={both[0].pk}"))
    assert texts(same, "//*[@role='alert']") == [DIFFERENT]


def test_side_by_side_only_what_both_are_asked_for_is_compared(client, done, both):
    left, right = (done.figures[str(model.pk)] for model in both)
    left["asked"], right["asked"] = [["label", "DRUG"], ["label", "FORM"]], [["label", "DRUG"]]
    left["report"]["f1"] = 0.48
    left["errors"].append(Error(left["errors"][0][0], "missed", (12, 17, "FORM"), None).row())
    left["report"]["labels"]["FORM"] = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}
    done.save()
    query = f"?left={both[0].pk}&right={both[1].pk}"
    response = client.get(address(done, query))
    assert rows(response, "pair-title") == ["DRUG 1.00 0.33 0.50 0.97 0.97 0.97 +0.47", "FORM 0.00 0.00 0.00 – – – –"]
    assert texts(response, "//h3[@id='pair-title']/../p") == [
        "F1 0.50 → 0.97 (+0.47). ner_drug 2 gains 20 and breaks 2.",
        "Compared by what both are asked for: DRUG. Only one of both is asked for FORM, so that is left out of F1, "
        "gains and breaks.",
    ]
    left["asked"] = [["label", "FORM"]]
    done.save()
    apart = client.get(address(done, query))
    assert texts(apart, "//*[@role='alert']") == [DIFFERENT]
    assert page(apart).xpath("//select[@id='left']") == []


def test_an_accuracy_is_not_compared_where_only_one_is_asked_for_a_class(client, done, both):
    visit = Judged(done.tasks[0], ((0, 0, "visit"),), (Said(0, 0, "visit", 0.9),))
    for model, asked in zip(both, (["visit"], ["visit", "order"]), strict=True):
        done.figures[str(model.pk)] = made("classification", [visit], "1 task", [("kind", name) for name in asked])
    done.save()
    pair = f"?left={both[0].pk}&right={both[1].pk}"
    assert texts(client.get(address(done, pair)), "//h3[@id='pair-title']/../p") == [
        "ner_drug 2 gains 0 and breaks 0.",
        "Compared by what both are asked for: visit. Only one of both is asked for order, so that is left out of gains "
        "and breaks, and accuracy is not compared.",
    ]
    done.figures[str(both[1].pk)]["asked"] = [["urgency", "visit"]]
    done.save()
    assert texts(client.get(address(done, pair)), "//*[@role='alert']") == [DIFFERENT]


def test_a_label_that_only_one_has_figures_of_has_no_difference(client, done, both):
    del done.figures[str(both[0].pk)]["report"]["labels"]["DRUG"]
    for model in both:
        done.figures[str(model.pk)]["asked"] = [["label", "DRUG"]]
    done.save()
    response = client.get(address(done, f"?left={both[0].pk}&right={both[1].pk}"))
    assert rows(response, "pair-title") == ["DRUG – – – 0.97 0.97 0.97 –"]


def test_the_status_that_a_model_did_not_give_is_nothing_that_it_was_asked_for(client, done, both):
    present = (0, 7, "present")
    for model, said in zip(both, ((Said(*present, 0.9),), ()), strict=True):
        done.figures[str(model.pk)] = made("assertion", [Judged(done.tasks[0], (present,), said)], "1 task")
    done.save()
    response = client.get(address(done, f"?left={both[0].pk}&right={both[1].pk}"))
    assert texts(response, "//h3[@id='pair-title']/../p") == [
        "Accuracy 1.00 → 0.00 (-1.00). ner_drug 2 gains 0 and breaks 1."
    ]


def test_the_wanted_precision_and_the_lists_filter_survive_each_other(client, done, both):
    shown = page(client.get(address(done, f"?model={both[0].pk}&precision=0.95&kind=missed&label=DRUG")))
    assert shown.xpath("//form[@action='#thresholds']/input[@type='hidden']/@name") == ["model", "kind", "label"]
    links = shown.xpath("//section[@aria-labelledby='labels-title']//td/a/@href")
    assert links[0] == f"?model={both[0].pk}&precision=0.95&kind=missed&label=DRUG#errors"


def test_chunks_without_a_status_by_people_are_counted_as_left_out(client, done, both):
    done.figures[str(both[0].pk)]["left_out"] = 127
    done.save()
    assert "127 chunks to which people gave no status are left out: nobody has said what is right there." in texts(
        client.get(address(done, f"?model={both[0].pk}")), "//section[@aria-labelledby='labels-title']/p"
    )


def test_the_older_of_two_models_stands_on_the_left_unless_asked_otherwise(client, done, both):
    NlpModel.objects.filter(pk=both[1].pk).update(name="a_newer_one")
    chosen = "//select[@id='{}']/option[@selected]".format
    response = client.get(address(done))
    assert [texts(response, chosen(side)) for side in ("left", "right")] == [["ner_drug 1"], ["a_newer_one 2"]]
    response = client.get(address(done, f"?left={both[1].pk}&right={both[0].pk}"))
    assert [texts(response, chosen(side)) for side in ("left", "right")] == [["a_newer_one 2"], ["ner_drug 1"]]


def test_the_page_polls_until_the_end_and_then_loads_anew(client, done):
    Evaluation.objects.filter(pk=done.pk).update(state="running", claimed_by="a", phase="asking ner_drug 1")
    response = client.get(address(done), headers={"HX-Request": "true"})
    assert texts(response, "//*[@class='run-line']") == ["Running Asking ner_drug 1 Cancel"]
    Evaluation.objects.filter(pk=done.pk).update(state="done")
    assert client.get(address(done), headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_cancel_asks_the_worker_to_end(client, done):
    Evaluation.objects.filter(pk=done.pk).update(state="running", claimed_by="a")
    response = client.post(reverse("preannotation:evaluation_cancel", args=[done.project_id, done.pk]))
    done.refresh_from_db()
    assert (response["Location"], done.is_cancelling) == (address(done), True)


def test_members_who_do_not_manage_are_turned_away(done, reviewer, annotator):
    names = ("evaluations", "evaluation_start", "evaluation", "evaluation_cancel")
    for person in (reviewer, annotator):
        client = client_of(person)
        for name in names:
            given = [done.project_id] if name in names[:2] else [done.project_id, done.pk]
            url = reverse(f"preannotation:{name}", args=given)
            answer = client.get(url) if name in ("evaluations", "evaluation") else client.post(url)
            assert answer.status_code == 403

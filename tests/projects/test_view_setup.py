import pytest
from django.test import Client
from django.urls import reverse

from projects.labeling_config import parse
from projects.models import Completion, Project
from projects.save_confirmation import token
from projects.starting_configs import STARTING_CONFIGS, starting_config
from tests.conftest import NER_CONFIG, client_of
from tests.projects.rows import make_tasks, page, predict, span, texts

TEXT = "Aspirin 100 mg for pain."

GOOD = NER_CONFIG.replace('value="DOSAGE"', 'value="ROUTE"')
BAD = NER_CONFIG.replace('toName="text"', 'toName="nothing"')
DTD = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><View>&b;</View>'
UNREADABLE = {
    "empty": "",
    "no xml": "no xml at all",
    "two roots": "<View/><View/>",
    "unclosed": "<View><Text>",
    "entities": DTD,
    "NUL": NER_CONFIG.replace("DRUG", "DR\0UG"),
    "wrong encoding": '<?xml version="1.0" encoding="utf-16"?>' + NER_CONFIG,
    "deep": "<View>" * 5_000 + "</View>" * 5_000,
    "10 MB": "<View>" + "<!-- much -->" * 800_000 + "</View>",
}


def url(project: Project) -> str:
    return reverse("projects:setup", args=[project.pk])


def check_url(project: Project) -> str:
    return reverse("projects:setup_check", args=[project.pk])


def stored(project: Project) -> tuple[str, int]:
    project.refresh_from_db()
    return project.labeling_config, project.config_version


def test_it_shows_the_stored_config(project, manager):
    response = client_of(manager).get(url(project))
    assert response.status_code == 200
    assert page(response).xpath("//textarea[@id='labeling-config']")[0].text.removeprefix("\n") == NER_CONFIG
    assert response.context["problems"] == ()
    assert page(response).xpath("//*[@hx-get]/@hx-get") == [reverse("preannotation:widget", args=[project.pk])]


def test_a_good_config_is_saved(project, manager):
    response = client_of(manager).post(url(project), {"labeling_config": GOOD})
    assert (response.status_code, response.url) == (302, url(project))
    assert stored(project) == (GOOD, 2)
    assert project.config_changed_by == manager


def test_of_two_savers_at_once_the_second_is_told(project, owner, manager, monkeypatch):
    """The other one's save falls between the look at the version and the lock."""
    door = Project.set_labeling_config

    def overtaken(self, *arguments, **options):
        monkeypatch.undo()
        Project.objects.get(pk=self.pk).set_labeling_config(GOOD, owner)
        return door(self, *arguments, **options)

    monkeypatch.setattr(Project, "set_labeling_config", overtaken)
    mine = GOOD.replace("<View>", "<View><!-- mine -->")
    response = client_of(manager).post(url(project), {"labeling_config": mine, "config_version": "1"})
    assert stored(project) == (GOOD, 2)
    assert "mine" in page(response).xpath("//textarea/text()")[0]
    assert page(response).xpath("//input[@name='config_version']/@value") == ["2"]


def test_an_old_tab_does_not_overwrite_newer_work_unasked(project, owner, manager):
    newer = GOOD.replace("ROUTE", "FORM")
    project.set_labeling_config(newer, owner)
    client = client_of(manager)
    response = client.post(url(project), {"labeling_config": GOOD, "config_version": "1"})
    assert stored(project) == (newer, 2)
    assert texts(response, "//p[@class='notice warning']")[0].startswith("Not saved: olga saved version 2")
    tree = page(response)
    assert tree.xpath("//textarea[@id='labeling-config']")[0].text.removeprefix("\n") == GOOD
    client.post(
        url(project),
        {"labeling_config": GOOD, "config_version": tree.xpath("//input[@name='config_version']/@value")[0]},
    )
    assert stored(project) == (GOOD, 3)


def test_line_ends_of_the_form_do_not_enter_the_config(project, manager):
    client_of(manager).post(url(project), {"labeling_config": GOOD.replace("\n", "\r\n")})
    assert stored(project) == (GOOD, 2)


def test_a_bad_config_is_refused_with_every_problem_and_the_text_kept(project, manager):
    bad = BAD.replace('<Label value="DRUG"', '<Label value="DOSAGE"')
    response = client_of(manager).post(url(project), {"labeling_config": bad})
    assert response.status_code == 200
    assert stored(project) == (NER_CONFIG, 1)
    assert page(response).xpath("//textarea[@id='labeling-config']")[0].text.removeprefix("\n") == bad
    assert len(texts(response, "//section[@class='problems']//li")) == len(response.context["problems"])
    assert len(response.context["problems"]) >= 2
    assert page(response).xpath("//section[@class='problems']/@role") == ["alert"]


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("where", [url, check_url])
def test_xml_that_cannot_be_read_gets_a_message(project, manager, kind, where):
    response = client_of(manager).post(where(project), {"labeling_config": UNREADABLE[kind]})
    assert response.status_code == 200
    assert len(texts(response, "//section[@class='problems']//li")) >= 1
    assert stored(project) == (NER_CONFIG, 1)


@pytest.mark.parametrize("where", [url, check_url])
def test_more_than_a_form_may_hold_gets_a_message(project, manager, where):
    response = client_of(manager).post(where(project), {"labeling_config": "x" * (17 * 1024 * 1024)})
    assert response.status_code == 413
    assert texts(response, "//h1") == ["Too large"]


def test_a_field_that_is_missing_is_a_problem_like_another(project, manager):
    response = client_of(manager).post(url(project))
    assert response.status_code == 200
    assert stored(project) == (NER_CONFIG, 1)


def test_the_check_saves_nothing(project, manager):
    response = client_of(manager).post(check_url(project), {"labeling_config": GOOD})
    assert response.status_code == 200
    assert stored(project) == (NER_CONFIG, 1)
    assert [template.name for template in response.templates][0] == "projects/_config_check.html"
    assert texts(response, "//p[@class='chips']/span") == ["DRUGd", "ROUTEo"]


def test_the_check_gives_problems_with_their_lines(project, manager):
    response = client_of(manager).post(check_url(project), {"labeling_config": BAD})
    assert page(response).xpath("//section[@class='problems']//button/@data-line") == ["2"]


def test_what_is_not_supported_yet_is_a_notice_and_does_not_stand_in_the_way(project, manager):
    config = GOOD.replace("</View>", '<Rating name="stars" toName="text"/></View>')
    client = client_of(manager)
    notices = texts(
        client.post(check_url(project), {"labeling_config": config}), "//section[@class='problems']//li/span"
    )
    assert notices == ["<Rating> is not supported yet. It is kept, but has no effect."]
    client.post(url(project), {"labeling_config": config})
    assert stored(project) == (config, 2)


def test_a_config_cannot_break_out_of_the_page(project, manager):
    nasty = GOOD.replace("ROUTE", "</textarea><script>alert(1)</script>".replace("<", "&lt;"))
    Project.objects.filter(pk=project.pk).update(
        labeling_config=nasty + "<!-- </textarea><script>alert(2)</script> -->"
    )
    tree = page(client_of(manager).get(url(project)))
    assert [script.text for script in tree.xpath("//script[not(@src)]")] == []


@pytest.mark.parametrize(
    ("person", "status"), [("owner", 200), ("manager", 200), ("reviewer", 403), ("annotator", 403), ("outsider", 404)]
)
def test_only_owner_and_manager_may(request, project, person, status):
    client = client_of(request.getfixturevalue(person))
    assert client.get(url(project)).status_code == status
    assert client.post(check_url(project), {"labeling_config": GOOD}).status_code == status
    saved = client.post(url(project), {"labeling_config": GOOD})
    assert (saved.status_code == 302) is (status == 200)
    assert stored(project)[1] == (2 if status == 200 else 1)


def test_staff_who_are_no_members_get_404(project, outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    assert client_of(outsider).get(url(project)).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(project):
    assert Client().post(url(project), {"labeling_config": GOOD}).url == f"{reverse('login')}?next={url(project)}"
    assert stored(project) == (NER_CONFIG, 1)


def test_the_check_takes_no_get(project, manager):
    assert client_of(manager).get(check_url(project)).status_code == 405


@pytest.fixture
def worked_on(project) -> Completion:
    """DRUG is in two regions of one completion, and in one prediction."""
    first, second = make_tasks(project, TEXT, TEXT + " ")
    predict(second, [span(TEXT, 0, 7)])
    return Completion.objects.create(task=first, username="anna", result=[span(TEXT, 0, 7), span(TEXT, 19, 23)])


def confirmed(response) -> dict[str, str]:
    """The fields of the confirmation that stands on a page, as a browser would send them."""
    section = page(response).xpath("//section[@id='confirmation']")[0]
    chosen = {
        select.get("name"): next(iter(select.xpath("option[@selected]/@value")), "")
        for select in section.xpath(".//select")
    }
    (button,) = section.xpath(".//button[@name='confirmed']")
    return {**chosen, "confirmed": button.get("value")}


def options(response) -> dict[str, str]:
    """Words and values of what can be decided about the first name."""
    found = page(response).xpath("(//section[@id='confirmation']//select)[1]/option")
    return {option.text: option.get("value") for option in found}


def test_what_people_worked_with_is_replaced_only_after_a_look_at_what_changes(project, manager, worked_on):
    more = NER_CONFIG.replace('hotkey="o"/>', 'hotkey="o"/>\n    <Label value="ROUTE"/>')
    client = client_of(manager)
    response = client.post(url(project), {"labeling_config": more})
    assert stored(project) == (NER_CONFIG, 1)
    assert texts(response, "//section[@id='confirmation']/ul/li") == ['Added: label "ROUTE" of "label".']
    assert texts(response, "//section[@id='confirmation']//tr[@class='added']") == ['5+ added <Label value="ROUTE"/>']
    assert texts(response, "//section[@id='confirmation']//tr[@class='removed']") == []
    client.post(url(project), {"labeling_config": more} | confirmed(response))
    assert stored(project) == (more, 2)


def test_a_stored_config_that_cannot_be_read_is_replaced_after_a_look(project, manager, worked_on):
    Project.objects.filter(pk=project.pk).update(labeling_config="<View>")
    client = client_of(manager)
    response = client.post(url(project), {"labeling_config": NER_CONFIG})
    assert texts(response, "//section[@id='confirmation']/ul/li") == [
        "The stored config could not be read; this one replaces it."
    ]
    client.post(url(project), {"labeling_config": NER_CONFIG} | confirmed(response))
    assert stored(project) == (NER_CONFIG, 2)


def test_another_text_than_the_one_looked_at_has_to_be_looked_at_too(project, manager, worked_on):
    client = client_of(manager)
    fields = confirmed(client.post(url(project), {"labeling_config": NER_CONFIG + "\n"}))
    response = client.post(url(project), {"labeling_config": NER_CONFIG + "\n\n"} | fields)
    assert stored(project) == (NER_CONFIG, 1)
    assert confirmed(response)["confirmed"] != fields["confirmed"]


def test_a_used_label_asks_what_becomes_of_it_and_a_rename_takes_its_regions_along(project, manager, worked_on):
    client = client_of(manager)
    response = client.post(url(project), {"labeling_config": GOOD.replace("DRUG", "MED")})
    assert list(options(response)) == [
        "Decide", 'Rename to "MED"', 'Rename to "ROUTE"', "Remove 2 regions in 1 completion on 1 task",
    ]  # fmt: skip
    fields = confirmed(response)
    undecided = client.post(url(project), {"labeling_config": GOOD.replace("DRUG", "MED")} | fields)
    assert texts(undecided, "//h3[@id='confirmation-title']")[0].startswith("Not saved: work went on meanwhile")
    assert stored(project) == (NER_CONFIG, 1)
    (name,) = [name for name in fields if name != "confirmed"]
    fields[name] = options(response)['Rename to "MED"']
    saved = client.post(url(project), {"labeling_config": GOOD.replace("DRUG", "MED")} | fields, follow=True)
    assert stored(project)[1] == 2
    assert "Regions on 2 tasks changed with it." in texts(saved, "//*[@id='notices']")[0]
    worked_on.refresh_from_db()
    assert [region["value"]["labels"] for region in worked_on.result] == [["MED"], ["MED"]]


def test_a_label_that_moved_into_another_control_is_renamed_as_proposed(project, manager, worked_on):
    two = GOOD.replace("</View>", '<Labels name="other" toName="text"><Label value="X"/></Labels></View>')
    project.set_labeling_config(two, manager)
    drug = '<Label value="DRUG" background="#2f7ed8" hotkey="d"/>'
    moved = {"labeling_config": two.replace(drug, "").replace('<Label value="X"/>', f'<Label value="X"/>{drug}')}
    client = client_of(manager)
    response = client.post(url(project), moved)
    assert list(options(response)) == [
        "Decide", 'Rename to "DRUG" of "other"', 'Rename to "ROUTE"', "Remove 2 regions in 1 completion on 1 task",
    ]  # fmt: skip
    client.post(url(project), moved | confirmed(response))
    worked_on.refresh_from_db()
    assert [region["from_name"] for region in worked_on.result] == ["other", "other"]


def test_numbers_that_changed_since_they_were_shown_are_asked_about_again(project, manager, worked_on):
    client = client_of(manager)
    without = {"labeling_config": NER_CONFIG.replace('<Label value="DRUG" background="#2f7ed8" hotkey="d"/>', "")}
    response = client.post(url(project), without)
    fields = confirmed(response)
    (name,) = [name for name in fields if name != "confirmed"]
    fields[name] = options(response)["Remove 2 regions in 1 completion on 1 task"]
    Completion.objects.create(task=worked_on.task, username="rui", result=[span(TEXT, 0, 7)])
    again = client.post(url(project), without | fields)
    assert stored(project) == (NER_CONFIG, 1)
    assert confirmed(again)[name] == ""
    fields[name] = options(again)["Remove 3 regions in 2 completions on 1 task"]
    client.post(url(project), without | fields)
    assert stored(project)[1] == 2
    assert [row.result for row in Completion.objects.all()] == [[], []]


def test_a_label_of_predictions_only_is_told_of_and_saved(project, manager, worked_on):
    worked_on.delete()
    client = client_of(manager)
    response = client.post(url(project), {"labeling_config": GOOD.replace("DRUG", "MED")})
    assert list(options(response)) == ["Leave predictions as they are", 'Rename to "MED"', 'Rename to "ROUTE"']
    client.post(url(project), {"labeling_config": GOOD.replace("DRUG", "MED")} | confirmed(response))
    assert stored(project)[1] == 2


@pytest.mark.parametrize("name", ["decision", "decision []", 'decision ["labels", "label", "DRUG"]', "decision {}"])
@pytest.mark.parametrize("value", ["x", "[]", "{}", "[null, 7]", '[["a"], [1]]', '[7, ["x"]]'])
def test_what_cannot_be_read_as_a_decision_decides_nothing(project, manager, worked_on, name, value):
    without = NER_CONFIG.replace('<Label value="DRUG" background="#2f7ed8" hotkey="d"/>', "")
    fields = {"labeling_config": without, "confirmed": token(without), name: value}
    assert client_of(manager).post(url(project), fields).status_code == 200
    assert stored(project) == (NER_CONFIG, 1)


def test_the_preview_shows_what_whoever_labels_will_see(project, manager):
    make_tasks(project, TEXT)
    config = """<View><Header value="Read first"/>
    <Choices name="kind" toName="text" choice="multiple" layout="inline"><Choice value="A" hotkey="a"/></Choices>
    <Labels name="label" toName="text"><Label value="DRUG"/></Labels><Text name="text" value="$text"/>
    <Choices name="tone" toName="text" perRegion="true" layout="select"><Choice value="B"/></Choices></View>"""
    response = client_of(manager).post(check_url(project), {"labeling_config": config})
    tree = page(response).xpath("//*[@id='config-preview']")[0]
    assert [element.tag for element in tree if element.tag != "style"] == [
        "p",
        "fieldset",
        "div",
        "div",
        "p",
        "fieldset",
    ]
    assert texts(response, "//*[@class='config-header']") == ["Read first"]
    assert texts(response, "//legend") == ["kind several", "tone one, for each region"]
    assert [element.get("type") for element in tree.xpath(".//input")] == ["checkbox"]
    assert texts(response, "//div[@class='text']") == [TEXT]
    assert [mark.get("data-suffix") for mark in tree.xpath(".//mark")] == ["DRUG (B)"]


def test_xml_that_cannot_be_read_leaves_the_preview_as_it_was(project, manager):
    response = client_of(manager).post(check_url(project), {"labeling_config": "<View>"})
    assert page(response).xpath("//*[@id='config-preview']") == []


@pytest.mark.parametrize("start", STARTING_CONFIGS, ids=lambda start: start.slug)
def test_every_template_saves_as_it_is(project, start):
    assert project.config_problems(start.xml) == ()
    assert parse(start.xml).config.unsupported == ()


def test_a_template_fills_the_editor_and_saves_nothing(project, manager):
    response = client_of(manager).get(url(project), {"template": "ner"})
    (editor,) = page(response).xpath("//textarea[@id='labeling-config']")
    assert (editor.text.removeprefix("\n"), "data-unsaved" in editor.attrib) == (starting_config("ner").xml, True)
    assert stored(project) == (NER_CONFIG, 1)
    assert client_of(manager).get(url(project), {"template": "nothing"}).context["xml"] == NER_CONFIG

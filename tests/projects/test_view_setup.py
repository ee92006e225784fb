import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Project
from tests.conftest import NER_CONFIG, client_of
from tests.projects.rows import page, texts

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
    assert [template.name for template in response.templates][0] == "projects/_config_problems.html"
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

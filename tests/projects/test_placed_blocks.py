"""What annotators read beside the text is what the Labeling Config says, in its order, as the preview shows it."""

import pytest
from django.urls import reverse

from projects.labeling_config import Header, parse
from projects.models import Project
from projects.placed_blocks import LONGEST_HEADER, PlacedBlock, placed_blocks
from projects.starting_configs import STARTING_CONFIGS
from tests.conftest import client_of
from tests.projects.rows import make_tasks, page, texts
from tests.projects.test_view_task import given, url

CONFIG = """<View>
  <Header value="Read it all"/><Header value="Mark the drugs"/>
  <Labels name="label" toName="text"><Label value="DRUG"/></Labels>
  <Header value="Which department?"/>
  <Choices name="department" toName="text"><Choice value="Surgery"><Choice value="Vascular"/></Choice></Choices>
  <Header value="$title"/>
  <Text name="text" value="$text"/>
  <Choices name="tone" toName="text" layout="inline"><Choice value="calm"/></Choices>
  <Header value="How sure are you?"/>
  <Choices name="sure" toName="text" perRegion="true"><Choice value="high"/></Choices>
  <Header value="Thank you"/>
</View>"""


def test_blocks_stand_in_the_order_of_the_config_around_the_text():
    config = parse(CONFIG).config
    department, tone, _ = config.choices_controls
    placed = placed_blocks(config, {"title": "note 1"})
    assert placed.above == [
        PlacedBlock("Read it all"),
        PlacedBlock("Which department?", department),
        PlacedBlock("note 1"),
    ]
    assert placed.below == [PlacedBlock("", tone), PlacedBlock("Thank you")]
    assert placed.headers == {"label": "Mark the drugs", "sure": "How sure are you?"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("$note", "written"), ("$number", "7"), ("$list", '["é"]'), ("$none", ""), ("$null", ""), ("$", "$"),
        ("$ 5 a day", "$ 5 a day"), ("$long", "x" * (LONGEST_HEADER - 1) + "…"),
    ],
)  # fmt: skip
def test_a_header_shows_its_words_or_a_field_of_the_task(value, words):
    config = parse(f'<View><Header value="{value}"/><Text name="text" value="$text"/></View>').config
    fields = {"note": "written", "number": 7, "list": ["é"], "null": None, "long": "x" * 1_000}
    assert placed_blocks(config, fields).above == ([PlacedBlock(words)] if words else [])


def test_the_field_of_a_header_is_one_word_behind_a_dollar():
    assert [Header(value).field for value in ("$title", "title", "$", "$a b", "")] == ["title", "", "", "", ""]


@pytest.mark.parametrize("start", STARTING_CONFIGS, ids=lambda start: start.slug)
def test_every_header_of_a_template_reaches_annotators(project, manager, start):
    Project.objects.update(labeling_config=start.xml)
    response = client_of(manager).get(url(make_tasks(project, "Some text.")[0]))
    expected = [block.value for block in parse(start.xml).config.blocks if isinstance(block, Header)]
    assert sorted(texts(response, "//*[@class='config-header' or @class='bar-header']")) == sorted(expected)


def test_the_page_places_headers_and_choices_as_the_preview_does(project, manager):
    Project.objects.update(labeling_config=CONFIG)
    response = client_of(manager).get(url(make_tasks(project, "Some text.")[0]))
    found = page(response).xpath("//article/*[self::fieldset or @class='config-header' or @id='text']")
    assert [element.get("data-choices") or element.get("id") or element.text for element in found] == [
        "Read it all", "header-above-2", "department", "note 1", "text", "tone", "Thank you",
    ]  # fmt: skip
    check = reverse("projects:setup_check", args=[project.pk])
    preview = client_of(manager).post(check, {"labeling_config": CONFIG})
    choices = "//ul[starts-with(@class, 'plain choice-list')][1]"
    for answer in (response, preview):
        first = page(answer).xpath(choices)[0]
        assert (first.get("class"), first.xpath("./li/@style")) == (
            "plain choice-list vertical",
            ["--depth: 0", "--depth: 1"],
        )
    assert "The title of the task" in texts(preview, "//*[@class='config-header']")


def test_headers_of_labels_and_of_choices_about_regions_go_with_them(project, manager):
    Project.objects.update(labeling_config=CONFIG)
    response = client_of(manager).get(url(make_tasks(project, "Some text.")[0]))
    assert texts(response, "//*[@role='toolbar']/p") == ["Mark the drugs"]
    assert [choices["header"] for choices in given(response)["config"]["choices"]] == ["", "", "How sure are you?"]

"""Findings become exactly the regions that the config asks for."""

from preannotation.contract import Chunk, DocumentClass, Findings, Status
from preannotation.mapping import Mapper, model_version, source_key
from projects.labeling_config import parse

TEXT = "No 😀 fever. Took aspirin."
VERSIONS = {"ner_drug": 2, "ner_problem": 1, "status": 3, "kind": 1, "topics": 4}
XML = """<View>
<Labels name="label" toName="text">
  <Label value="Medication" model="ner_drug" predicted_values="DRUG,BRAND"/>
  <Label value="PROBLEM" alias="problem" model="ner_problem"/>
  <Label value="absent" assertion="true" model="status"/>
</Labels>
<Choices name="kind" toName="text" model="kind"><Choice value="progress"/><Choice value="discharge"/></Choices>
<Choices name="topic" toName="text" choice="multiple" model="topics">
  <Choice value="heart"/><Choice value="lung"/>
</Choices>
<Text name="text" value="$note"/>
</View>"""


def mapper(xml: str = XML) -> Mapper:
    config = parse(xml).config
    return Mapper(config, VERSIONS, source_key(config, VERSIONS))


def regions(*chunks: Chunk, classes: tuple[DocumentClass, ...] = (), text: str = TEXT):
    return mapper().regions(Findings(tuple(chunks), classes), text)


def brief(mapped):
    return [
        (region["from_name"], region["value"].get("labels") or region["value"]["choices"], region["value"].get("start"))
        for region in mapped.regions
    ]


FEVER = Chunk(5, 10, "fever", "PROBLEM", 0.91237, "ner_problem", Status("absent", 0.8, "status"))
ASPIRIN = Chunk(17, 24, "aspirin", "DRUG", 0.5, "ner_drug", Status("present", 0.9, "status"))


def test_a_chunk_and_its_status_become_two_regions_on_one_span():
    chunk, status = regions(FEVER).regions
    assert chunk == {
        "id": chunk["id"],
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 5, "end": 10, "text": "fever", "labels": ["problem"], "confidence": 0.9124},
        "origin": "prediction",
        "model": "ner_problem",
        "model_version": "1",
        "source": "$note",
    }
    assert status == {
        "id": status["id"],
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 5, "end": 10, "text": "fever", "labels": ["absent"], "confidence": 0.8},
        "parentID": chunk["id"],
        "origin": "prediction",
        "model": "status",
        "model_version": "3",
        "source": "$note",
    }


def test_the_models_label_is_mapped_by_predicted_values_and_an_unlisted_status_is_left_out():
    assert brief(regions(ASPIRIN)) == [("label", ["Medication"], 17)]


def test_a_label_that_is_not_asked_from_that_model_is_left_out_with_its_status():
    other = Chunk(5, 10, "fever", "DRUG", 0.9, "ner_problem", Status("absent", 0.8, "status"))
    assert brief(regions(other)) == []


def test_a_single_choice_takes_the_surest_class_and_a_multiple_one_takes_all():
    classes = (
        DocumentClass("progress", 0.6, "kind"),
        DocumentClass("discharge", 0.7, "kind"),
        DocumentClass("lung", 0.9, "topics"),
        DocumentClass("heart", 0.95, "topics"),
        DocumentClass("skin", 0.99, "topics"),
    )
    mapped = regions(classes=classes)
    assert brief(mapped) == [("kind", ["discharge"], None), ("topic", ["heart", "lung"], None)]
    assert [region["value"]["confidence"] for region in mapped.regions] == [0.7, 0.9]


def test_a_chunk_whose_text_is_not_what_stands_there_is_turned_away_with_its_reason():
    mapped = regions(Chunk(4, 9, "fever", "PROBLEM", 0.9, "ner_problem"))
    assert (mapped.regions, mapped.refused) == ([], ("the text is not what stands at the offsets",))


def test_the_same_findings_get_the_same_ids_and_another_source_gets_others():
    first = [region["id"] for region in regions(FEVER, ASPIRIN).regions]
    assert [region["id"] for region in regions(FEVER, ASPIRIN).regions] == first
    other = mapper(XML.replace('predicted_values="DRUG,BRAND"', 'predicted_values="DRUG"'))
    assert set(first) & {region["id"] for region in other.regions(Findings((FEVER, ASPIRIN)), TEXT).regions} == set()


def test_the_source_key_depends_on_versions_and_on_what_is_asked_only():
    config = parse(XML).config
    recoloured = parse(XML.replace('value="Medication"', 'value="Medication" background="red" hotkey="q"')).config
    assert source_key(recoloured, VERSIONS) == source_key(config, VERSIONS)
    assert source_key(config, VERSIONS | {"status": 4}) != source_key(config, VERSIONS)
    assert source_key(parse(XML.replace("DRUG,BRAND", "DRUG")).config, VERSIONS) != source_key(config, VERSIONS)


def test_the_model_versions_are_named_in_order():
    assert model_version({"b": 2, "a": 1}) == "a 1, b 2"

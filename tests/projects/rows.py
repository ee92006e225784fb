"""Rows that view tests are about, and pages read the way a browser reads them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from lxml import html

from projects.config_change import LabelKey
from projects.config_decisions import standing
from projects.digests import data_digest, digest
from projects.models import Prediction, Project, Task
from projects.results import Region, span_region
from projects.stored_results import Use


def make_tasks(project: Project, *texts: str, **fields: Any) -> list[Task]:
    """One task for each text, titled "note 1" and so on."""
    return Task.objects.bulk_create(
        [
            Task(
                project=project,
                title=f"note {number}",
                text=text,
                text_hash=digest(text),
                data_hash=data_digest({"text": text, "title": f"note {number}"}),
                **fields,
            )
            for number, text in enumerate(texts, 1)
        ]
    )


def span(text: str, start: int, end: int, label: str = "DRUG", **fields: Any) -> Region:
    """A model's region over text[start:end]; fields replace what it has by itself."""
    given = {
        "region_id": f"{label}-{start}-{end}",
        "text": text[start:end],
        "confidence": 0.9,
        "object_field": "text",
        "model": "ner_posology",
        "version": 1,
    }
    return span_region("label", "text", start=start, end=end, label=label, **(given | fields))


def predict(task: Task, result: list[Region], version: str = "ner_posology 1", **fields: Any) -> Prediction:
    return Prediction.objects.create(
        task=task, text_hash=task.text_hash, source_key=digest(version), model_version=version, result=result, **fields
    )


def in_use(project: Project, xml: str) -> dict[LabelKey, Use]:
    """What this config would no longer have, or take, as long as nothing is decided."""
    change = project.change_to(xml)
    return standing(project.pk, change, {}).used if change else {}


def page(response: HttpResponse) -> html.HtmlElement:
    # Pages that give back 10 MB of refused text are longer than lxml reads unasked.
    return html.document_fromstring(response.content.decode(), parser=html.HTMLParser(huge_tree=True))


def texts(response: HttpResponse, selector: str) -> list[str]:
    """The text of every element of a page that an XPath finds, blanks collapsed."""
    return [" ".join(element.text_content().split()) for element in page(response).xpath(selector)]

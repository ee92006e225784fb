"""How a text is cut into sentences and tokens: the same stages wherever a model is trained or used."""

from typing import Any

from sparknlp.annotator import SentenceDetector, Tokenizer
from sparknlp.base import DocumentAssembler


def text_stages() -> list[Any]:
    """Stages from column `text` to `document`, `sentence` and `token`, in this order."""
    return [
        DocumentAssembler().setInputCol("text").setOutputCol("document"),
        SentenceDetector().setInputCols(["document"]).setOutputCol("sentence"),
        Tokenizer().setInputCols(["sentence"]).setOutputCol("token"),
    ]

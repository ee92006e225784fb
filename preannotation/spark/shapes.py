"""A word's shape in place of its part of speech: NerCrf can't do without a `pos` column, and a tagger of real parts of
speech would have to be downloaded, and be the same one wherever the model is used."""

import string
from typing import Any, Final

from pyspark.sql import SparkSession
from sparknlp.annotator import PerceptronModel

from preannotation.contract import ModelLoadError
from preannotation.spark.session import engine_errors

SHAPES: Final = "shapes"
WORD: Final = "WORD"
_BY_FIRST_CHARACTER: Final = {
    "CAPITAL": string.ascii_uppercase,
    "NUMBER": string.digits,
    "SIGN": string.punctuation,
}


def shape_tagger(spark: SparkSession) -> Any:
    """The stage from `sentence` and `token` to the column SHAPES: each token is CAPITAL, NUMBER, SIGN or WORD.

    It is the engine's own perceptron with weights set by hand, so that it is the same everywhere and is fast in the
    JVM: every word starts as WORD, and its first character may outweigh that. Raises ModelLoadError.
    """
    weights = {"bias": {WORD: 1.0}}
    for shape, characters in _BY_FIRST_CHARACTER.items():
        weights |= {f"i pref1 {character}": {shape: 2.0} for character in characters}
    with engine_errors("setting up the shapes of words", ModelLoadError):
        jvm: Any = spark._jvm
        as_map = jvm.PythonUtils.toScalaMap
        names = [WORD, *_BY_FIRST_CHARACTER]
        tags = spark.sparkContext._gateway.new_array(jvm.java.lang.String, len(names))  # type: ignore[union-attr]
        for number, name in enumerate(names):
            tags[number] = name
        perceptron = jvm.com.johnsnowlabs.nlp.annotators.pos.perceptron
        learned = perceptron.AveragedPerceptron(
            tags, as_map({}), as_map({feature: as_map(by_tag) for feature, by_tag in weights.items()})
        )
        stage = PerceptronModel(java_model=perceptron.PerceptronModel().setModel(learned))
        return stage.setInputCols(["sentence", "token"]).setOutputCol(SHAPES)

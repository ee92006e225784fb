"""A model that comes from elsewhere, in a process of its own (see `preannotation.spark.child`): made into a saved model
where it is none yet, and tried on a sentence before anybody is offered it."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType
from sparknlp.annotator import WordEmbeddings

from preannotation.contract import ASSERTION, EMBEDDINGS, EngineSettings, ModelLoadError, ModelSpec
from preannotation.spark import hub, session
from preannotation.spark.inspect import TRANSFORMERS, recognise
from preannotation.spark.session import engine_errors
from preannotation.spark.text_stages import text_stages
from preannotation.spark.trial import tried
from preannotation.spark.vectors_file import WORD2VEC_BINARY, WORD2VEC_TEXT, recognised, refuse_uneven, without_header

MODEL_FOLDER: Final = "model"
ONNX_FILE: Final = "model.onnx"
MIB: Final = 1024**2
DOWNLOAD_SPACE: Final = 4
"""Times its size: the archive itself, what is unpacked of it, and a copy of that in the registry."""

Say = Callable[..., None]


def work(engine: EngineSettings, values: dict[str, Any], folder: Path, say: Say) -> dict[str, Any]:
    """Try the model that `values` names, and answer what it says of itself: {"facts", "folder"}.

    values: way (saved, vectors, onnx, hub), source (folder or file; the hub's name), name, storage_ref (that the
    embeddings get), language, room (bytes that a download may take), embeddings (by storage ref the folder of each
    entry that the registry has). folder of the answer: where the saved model lies. Raises EngineError with a sentence.
    """
    if values["way"] == "vectors":
        say(phase="checking the vectors")
        refuse_uneven(Path(values["source"]), recognised(Path(values["source"])))
    say(phase="starting the engine")
    spark = session.start(engine)
    made = _MADE[values["way"]](spark, values, folder, say)
    kind, storage_ref = recognise(made)
    known = values.get("embeddings", {})
    if storage_ref and kind not in (EMBEDDINGS, ASSERTION) and storage_ref not in known:
        raise ModelLoadError(
            f'It needs the embeddings "{storage_ref}", which the registry does not have. Bring them in first.'
        )
    say(phase="trying it on a sentence")
    spec = ModelSpec(
        name=values["name"],
        version=None,
        kind=kind,
        folder=made,
        labels=(),
        storage_ref=storage_ref,
        embeddings_folder=Path(known[storage_ref]) if storage_ref in known and kind != EMBEDDINGS else None,
    )
    return {"facts": asdict(tried(spec)), "folder": str(made)}


def _saved(spark: SparkSession, values: dict[str, Any], folder: Path, say: Say) -> Path:
    return Path(values["source"])


def _from_hub(spark: SparkSession, values: dict[str, Any], folder: Path, say: Say) -> Path:
    say(phase="asking the public model hub")
    found = hub.find(values["source"], values["language"])
    needed = DOWNLOAD_SPACE * found.size
    if needed > values["room"]:
        raise ModelLoadError(
            f"It needs {needed // MIB:,} MB, and {values['room'] // MIB:,} MB may be used. Make room first."
        )
    say(phase=f"downloading {found.size // MIB:,} MB")
    return found.download()


def _from_vectors(spark: SparkSession, values: dict[str, Any], folder: Path, say: Say) -> Path:
    file = Path(values["source"])
    written = recognised(file)
    say(phase=f"reading vectors of {written.dimension} dimensions ({written.way})")
    if written.way == WORD2VEC_TEXT:
        file = without_header(file, folder / "vectors.txt")
    read_as = "BINARY" if written.way == WORD2VEC_BINARY else "TEXT"
    embeddings = (
        WordEmbeddings()
        .setInputCols(["document", "token"])
        .setOutputCol("word_embeddings")
        .setStoragePath(str(file.resolve()), read_as)
        .setDimension(written.dimension)
        .setStorageRef(values["storage_ref"])
        .setCaseSensitive(False)
    )
    made = folder / MODEL_FOLDER
    with engine_errors("reading the file of word vectors; one of them may hold what is no number", ModelLoadError):
        frame = spark.createDataFrame([("word",)], StructType([StructField("text", StringType())]))
        for stage in text_stages():
            frame = stage.fit(frame).transform(frame) if hasattr(stage, "fit") else stage.transform(frame)
        embeddings.fit(frame).write().overwrite().save(str(made))
    return made


def _from_onnx(spark: SparkSession, values: dict[str, Any], folder: Path, say: Say) -> Path:
    source = Path(values["source"])
    if not (source / ONNX_FILE).is_file() or not (source / "assets").is_dir():
        raise ModelLoadError(
            f"It has no {ONNX_FILE} or no folder `assets` with the vocabulary. Export the transformer with "
            "both, as Spark NLP's documentation says for ONNX."
        )
    say(phase="reading the transformer")
    refusals = []
    for engine_class, python_class in TRANSFORMERS.items():
        try:
            with engine_errors(f"reading it as {engine_class}", ModelLoadError):
                model = python_class.loadSavedModel(str(source.resolve()), spark)
        except ModelLoadError as error:
            refusals.append(str(error)[:160].rstrip("."))
            continue
        made = folder / MODEL_FOLDER
        with engine_errors("saving the transformer", ModelLoadError):
            model.setInputCols(["document", "token"]).setOutputCol("word_embeddings")
            model.setStorageRef(values["storage_ref"]).write().overwrite().save(str(made))
        return made
    raise ModelLoadError(f"No transformer of Spark NLP can read it ({'; '.join(refusals)[:400]}).")


_MADE: Final = {"saved": _saved, "hub": _from_hub, "vectors": _from_vectors, "onnx": _from_onnx}

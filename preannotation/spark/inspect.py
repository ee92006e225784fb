"""What a saved model says of itself."""

import json
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from sparknlp.annotator import (
    BertEmbeddings,
    ClassifierDLModel,
    DistilBertEmbeddings,
    Doc2VecModel,
    MultiClassifierDLModel,
    NerCrfModel,
    NerDLModel,
    RoBertaEmbeddings,
    Word2VecModel,
    WordEmbeddingsModel,
)

from preannotation.contract import ASSERTION, CLASSIFICATION, EMBEDDINGS, NER, ModelFacts, ModelLoadError
from preannotation.spark.assertion import DESCRIPTION_FILE, AssertionModel
from preannotation.spark.session import engine_errors


class Loader(NamedTuple):
    """How models of one class are read. python_class: its wrapper, with `load`."""

    kind: str
    python_class: Any
    multiple: bool = False


TRANSFORMERS: Final = {
    "BertEmbeddings": BertEmbeddings,
    "DistilBertEmbeddings": DistilBertEmbeddings,
    "RoBertaEmbeddings": RoBertaEmbeddings,
}
"""Transformers that give each token a vector."""
LOADERS: Final = {
    "NerDLModel": Loader(NER, NerDLModel),
    "NerCrfModel": Loader(NER, NerCrfModel),
    "ClassifierDLModel": Loader(CLASSIFICATION, ClassifierDLModel),
    "MultiClassifierDLModel": Loader(CLASSIFICATION, MultiClassifierDLModel, multiple=True),
    "Word2VecModel": Loader(EMBEDDINGS, Word2VecModel),
    "WordEmbeddingsModel": Loader(EMBEDDINGS, WordEmbeddingsModel),
    "Doc2VecModel": Loader(EMBEDDINGS, Doc2VecModel),
    **{name: Loader(EMBEDDINGS, python_class) for name, python_class in TRANSFORMERS.items()},
}
NO_LABELS: Final = ("O", "@#Start")
"""Tags of tokens outside, and of NerCrf's start of a sentence."""
ASSERTION_CLASS: Final = "AssertionModel"
SUPPORTED: Final = f"{', '.join(LOADERS)} and assertion models trained here"
_POSITION_PREFIX: Final = re.compile(r"^[BIESLU]-")


class Metadata(NamedTuple):
    """The part of a model's metadata that is used. engine_class: the class's last word."""

    engine_class: str
    parameters: dict[str, Any]

    @property
    def storage_ref(self) -> str | None:
        """Name of the embeddings that the model needs or provides."""
        return self.parameters.get("storageRef")


def is_assertion(folder: Path) -> bool:
    """Whether `folder` holds an assertion model of ours."""
    return (folder / DESCRIPTION_FILE).is_file()


def read_metadata(folder: Path) -> Metadata:
    """Class and parameters of a saved Spark model, read without Spark. Raises ModelLoadError."""
    if not folder.is_dir():
        raise ModelLoadError(f"There is no folder {folder}. Give the folder of a saved Spark NLP model.")
    if (folder / "stages").is_dir():
        raise ModelLoadError(f"{folder} is a whole pipeline. Add its stages one by one, from the folder `stages`.")
    try:
        lines = (folder / "metadata" / "part-00000").read_text(encoding="utf-8").splitlines()
        content = json.loads(lines[0])
        name = str(content["class"])
        parameters = {**content.get("defaultParamMap", {}), **content.get("paramMap", {})}
    except (OSError, ValueError, IndexError, KeyError, TypeError) as error:
        raise ModelLoadError(
            f"{folder} is no saved Spark NLP model: metadata/part-00000 is missing or can't be read "
            f"({type(error).__name__}). Give the folder that holds `metadata`."
        ) from error
    return Metadata(name.rpartition(".")[2], parameters)


def loader_of(metadata: Metadata, folder: Path) -> Loader:
    """How to load this model. Raises ModelLoadError where its class is none of the supported ones."""
    loader = LOADERS.get(metadata.engine_class)
    if loader is None:
        raise ModelLoadError(f"{folder} holds a {metadata.engine_class}. Supported are {SUPPORTED}.")
    return loader


def recognise(folder: Path) -> tuple[str, str | None]:
    """(kind, storage ref) of the model in `folder`, without Spark. Raises ModelLoadError."""
    if is_assertion(folder):
        return ASSERTION, None
    metadata = read_metadata(folder)
    return loader_of(metadata, folder).kind, metadata.storage_ref


def load_stage(folder: Path) -> Any:
    """The saved Spark NLP model in `folder`, loaded; needs the session. Raises ModelLoadError, SparkUnavailable."""
    loader = loader_of(read_metadata(folder), folder)
    with engine_errors(f"loading the model in {folder}", ModelLoadError):
        return loader.python_class.load(str(folder.resolve()))


def read_facts(folder: Path, stage: Any = None) -> ModelFacts:
    """All that the registry keeps of the model in `folder`. Raises ModelLoadError, SparkUnavailable.

    stage: the model where it is loaded already; else it is loaded here, so that the session has to be started. An
    assertion model needs neither.
    """
    if is_assertion(folder):
        return ModelFacts(ASSERTION, ASSERTION_CLASS, labels=AssertionModel.load(folder).labels)
    metadata = read_metadata(folder)
    loader = loader_of(metadata, folder)
    stage = stage or load_stage(folder)
    dimension = metadata.parameters.get("dimension", metadata.parameters.get("vectorSize"))
    return ModelFacts(
        kind=loader.kind,
        engine_class=metadata.engine_class,
        labels=_labels(stage, loader, folder),
        storage_ref=metadata.storage_ref,
        dimension=int(dimension) if loader.kind == EMBEDDINGS and dimension else None,
        multiple=loader.multiple,
    )


def _labels(stage: Any, loader: Loader, folder: Path) -> tuple[str, ...]:
    if loader.kind == EMBEDDINGS:
        return ()
    # From the JVM object: the Python getClasses() of the multi-label classifier answers None.
    with engine_errors(f"reading the labels of the model in {folder}", ModelLoadError):
        names = [str(name) for name in _classes(stage)]
    if loader.kind == NER:
        names = [_POSITION_PREFIX.sub("", name) for name in names if name not in NO_LABELS]
    if not names:
        raise ModelLoadError(f"The {stage.__class__.__name__} in {folder} predicts no label. Train or add it again.")
    return tuple(dict.fromkeys(names))


def _classes(stage: Any) -> Any:
    model = stage._java_obj
    return model.model().getOrDefault().metadata().labels() if isinstance(stage, NerCrfModel) else model.getClasses()

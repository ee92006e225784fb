"""Models by name from Spark NLP's public hub, through Spark NLP's own downloader."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from py4j.protocol import Py4JError, Py4JJavaError

from preannotation.contract import ModelLoadError
from preannotation.spark.session import current

# The classes' names only: their messages would name addresses.
_UNREACHABLE: Final = (
    "UnknownHostException",
    "ConnectException",
    "NoRouteToHostException",
    "SocketException",
    "SocketTimeoutException",
    "ConnectTimeoutException",
    "SSLException",
    "SSLHandshakeException",
)


class HubModel:
    """A model of the hub that this version of Spark NLP can read; made by `find`. size: bytes of its download."""

    def __init__(self, name: str, language: str, request: Any, size: int) -> None:
        self.name = name
        self.language = language
        self.size = size
        self._request = request

    def download(self) -> Path:
        """Its folder, downloaded and unpacked; `remove` it when it was copied. Raises ModelLoadError."""
        try:
            return Path(str(_downloader().downloadResource(self._request)).removeprefix("file:"))
        except Py4JJavaError as error:
            raise _refusal(self.name, self.language, error) from error

    def remove(self) -> None:
        """Take the download out of the cache. What can't be removed only takes space there."""
        with suppress(Py4JError, OSError):
            _downloader().clearCache(self._request)


def find(name: str, language: str) -> HubModel:
    """Look a model up in the hub. language: ISO code. Needs the session and the network.

    Raises ModelLoadError where the hub has no such model or can't be reached, SparkUnavailable.
    """
    jvm: Any = current()._jvm
    hub = _downloader()
    try:
        request = jvm.com.johnsnowlabs.nlp.pretrained.ResourceRequest(
            name, jvm.scala.Option.apply(language), hub.publicLoc(), hub.libVersion(), hub.sparkVersion()
        )
        size = hub.publicDownloader().getDownloadSize(request)
    except Py4JJavaError as error:
        raise _refusal(name, language, error) from error
    if not size.isDefined():
        raise _unknown(name, language)
    return HubModel(name, language, request, int(size.get()))


def _downloader() -> Any:
    jvm: Any = current()._jvm
    # The Scala object: its companion trait has no static methods.
    return getattr(getattr(jvm.com.johnsnowlabs.nlp.pretrained, "ResourceDownloader$"), "MODULE$")


def _unknown(name: str, language: str) -> ModelLoadError:
    return ModelLoadError(
        f'The public model hub has no model "{name}" in the language "{language}" for this version of Spark NLP. '
        "Write both as the hub does."
    )


def _refusal(name: str, language: str, error: Py4JJavaError) -> Exception:
    """What to raise for what the downloader threw."""
    thrown = []
    cause = error.java_exception
    while cause is not None:
        thrown.append(str(cause.getClass().getSimpleName()))
        cause = cause.getCause()
    if any(kind in _UNREACHABLE for kind in thrown):
        return ModelLoadError(
            "The public model hub can't be reached from this machine. Check its network and proxy; or download the "
            f"zip file of {name} elsewhere and bring that in (on the Models page, or: manage.py models add FILE.zip)."
        )
    if "IllegalArgumentException" in thrown:
        return _unknown(name, language)
    return ModelLoadError(f"The download of {name} failed ({thrown[-1]}). Try again, or add it from its zip file.")

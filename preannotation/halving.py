"""One bad text fails alone. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from preannotation.contract import EngineError, Findings, SparkUnavailable

logger = logging.getLogger(__name__)

Predict = Callable[[Sequence[str]], list[Findings]]


def halved(texts: Sequence[str], predict: Predict) -> list[Findings]:
    """Findings for each text, in order, of a batch that failed as a whole: it is halved until the bad text is alone.

    Raises SparkUnavailable, which no smaller batch can mend.
    """
    if len(texts) > 1:
        middle = len(texts) // 2
        return [*_answered(texts[:middle], predict), *_answered(texts[middle:], predict)]
    return _answered(texts, predict)


def _answered(texts: Sequence[str], predict: Predict) -> list[Findings]:
    try:
        return predict(texts)
    except SparkUnavailable:
        raise
    except Exception as error:
        if len(texts) == 1:
            logger.exception("a text failed alone")
            return [Findings(failure=_sentence(error))]
        return halved(texts, predict)


def _sentence(error: Exception) -> str:
    if isinstance(error, EngineError):
        return str(error)
    return f"The models failed on this text ({type(error).__name__}). The log has the details."

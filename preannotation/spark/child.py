"""A process of its own for one piece of engine work that takes long or may go wrong: `python -m
preannotation.spark.child FOLDER`. Knows no Django and no rows; whoever started it may kill it at any moment.

FOLDER has `order.json`: {"do": "package.module:function", "engine": {jars, scratch, memory, threads}, "values": {…}}.
The function gets (engine settings, values, folder, say) and answers plain JSON. What it says on the way stands as lines
of JSON in `said.jsonl`; at the end there is `answer.json`, or `refusal.json` with {"sentence", "kind"}.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from preannotation.contract import EngineError, EngineSettings
from preannotation.spark import session

ORDER_FILE: Final = "order.json"
SAID_FILE: Final = "said.jsonl"
ANSWER_FILE: Final = "answer.json"
REFUSAL_FILE: Final = "refusal.json"

Say = Callable[..., None]
Work = Callable[[EngineSettings, dict[str, Any], Path, Say], dict[str, Any]]


def main(folder: Path) -> int:
    """0 where there is an answer, 3 where the engine refused with a sentence; anything else is a crash."""
    order = json.loads((folder / ORDER_FILE).read_text(encoding="utf-8"))
    engine = EngineSettings(**{**order["engine"], "jars": Path(order["engine"]["jars"]), "scratch": folder / "scratch"})
    module, _, name = order["do"].partition(":")
    work: Work = getattr(import_module(module), name)
    with (folder / SAID_FILE).open("a", encoding="utf-8", buffering=1) as said:

        def say(**facts: Any) -> None:
            said.write(json.dumps(facts) + "\n")

        try:
            answer = work(engine, order["values"], folder, say)
        except EngineError as error:
            traceback.print_exc()
            _write(folder / REFUSAL_FILE, {"sentence": str(error), "kind": type(error).__name__})
            return 3
        finally:
            session.stop()
    _write(folder / ANSWER_FILE, answer)
    return 0


def _write(path: Path, content: dict[str, Any]) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(content), encoding="utf-8")
    unfinished.rename(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

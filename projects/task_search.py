"""What people type into the search box of the task list, understood, and asked of the database.

Words and beginnings of words (`aspir*`) of the text, phrases in quotes, `label:X`, `label:X=text`, `choice:A`,
`by:NAME`, `verdict:rejected`, `review:waiting`; values with blanks in quotes. A task is found that has all of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value

from projects.models import Assignment, TaskMarks, TaskWords, Verdict
from projects.models.completion import ReviewState
from projects.models.ids import Among, Ids, Statement, estimated_rows
from projects.models.task_queries import TaskQuerySet
from projects.search_index import JOINING, MARK_LENGTH, MODELS

LONGEST = 500
MOST_WORDS = 30
RARE = 6_000
COMMON = 25_000
OF_PREDICTIONS = ("p", "v:")
BLANKS = str.maketrans(dict.fromkeys(JOINING, " "))
# A key with its value, whose parts may be quoted; a phrase; or a word.
TOKEN = re.compile(r"""(?P<key>[A-Za-z]+):(?P<value>(?:"[^"]*"|[^\s"])*)|"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+)""")
KEYS = {"label": "l", "choice": "c", "by": "u", "verdict": "x", "review": "w"}
# Of these keys there are no other values.
VALUES = {"x": list(Verdict.Kind.values), "w": ["waiting", *ReviewState.values[1:]]}
EXAMPLES = "Use label:DRUG, label:DRUG=aspirin or choice:discharge"


@dataclass
class Search:
    """words: for to_tsquery, all of which must be there. marks: as `search_index` spells them. problems: what could
    not be understood, in words; nothing is found then."""

    words: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def apply(self, tasks: TaskQuerySet) -> TaskQuerySet:
        if self.problems:
            return tasks.none()
        if self.words:
            found = TaskWords.objects.filter(Matches(" & ".join(self.words), tasks.searched_project))
            tasks = _among(tasks, found.values_list("task", flat=True))
        return with_marks(tasks, self.marks)


class Matches(Func):
    """Whether the column `words` answers a query; within one project, if given, by the index alone."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, query: str, project_id: int | None) -> None:
        super().__init__(F("words"), Value(query))
        self.project_id = project_id

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        words, _ = compiler.compile(self.source_expressions[0])
        query = self.source_expressions[1].value
        if self.project_id is None:
            return f"{words} @@ to_tsquery('simple', lower(%s))", [query]
        # A query that is no word to the database must find nothing: what is empty would leave the project alone.
        asked = "NULLIF(to_tsquery('simple', lower(%s)), ''::tsquery)"
        return f"{words} @@ (%s::tsquery && {asked})", [f"'#{self.project_id}'", query]


def with_marks(tasks: TaskQuerySet, marks: Sequence[str]) -> TaskQuerySet:
    """Tasks of which these marks are all true, by predictions or by the completions that the asker may know of."""
    if not marks:
        return tasks
    project = [] if tasks.searched_project is None else [f"#{tasks.searched_project}"]
    is_told_all = tasks.told_to is None
    plain = [mark for mark in marks if is_told_all or mark.startswith(OF_PREDICTIONS)]
    found = TaskMarks.objects.filter(marks__contains=[*project, *plain])
    others = [mark for mark in marks if mark not in plain]
    if others:
        told = Q(*(Q(marks__overlap=[f"{MODELS}{mark}", f"u{tasks.told_to}:{mark}"]) for mark in others))
        if tasks.tells_reviewer:
            reviewed = Assignment.objects.filter(user=tasks.told_to, role=Assignment.Role.REVIEWER)
            told |= Q(Exists(reviewed.filter(task=OuterRef("task"))), marks__contains=others)
        found = found.filter(told)
    return _among(tasks, found.values_list("task", flat=True))


def _among(tasks: TaskQuerySet, found: QuerySet[Any]) -> TaskQuerySet:
    """Rare finds are fetched first: the planner overrates how many tasks a rare word has, and would walk through the
    whole list for them. For common ones a walk by id ends soon; by another order it may lead through a part of the
    list that has none, so that what is not too common goes along with it."""
    rows = estimated_rows(Statement.of(found))
    bounded = Statement.of(tasks.bounding(found))
    if rows <= RARE:
        return tasks.among(Ids.found(bounded))
    if rows <= COMMON and tasks.by_value:
        return tasks.among_later(bounded)
    return tasks.filter(Among(F("pk"), bounded))


def mark(kind: str, value: str) -> str:
    return f"{kind}:{clean(value)}"


def clean(value: str) -> str:
    """As labels, covered texts and choices stand in marks."""
    return " ".join(value.lower().split())[:MARK_LENGTH]


def parse(text: str) -> Search:
    """Never raises; what makes no sense is named in `problems`."""
    search = Search()
    if text.count('"') % 2:
        search.problems.append('A quotation mark is left open. Close it, as in "chest pain".')
        return search
    for token in TOKEN.finditer(text[:LONGEST]):
        if token["key"]:
            _add_key(search, token["key"], token["value"])
        else:
            _add_words(search, token["phrase"] or "" if token["word"] is None else token["word"], token["word"] is None)
    if len(search.words) + len(search.marks) > MOST_WORDS:
        search.problems.append(f"That is more than {MOST_WORDS} words. Search for fewer.")
    return search


def _add_key(search: Search, key: str, value: str) -> None:
    kind = KEYS.get(key.lower())
    if not kind:
        search.problems.append(f'"{key}:" can\'t be searched by. {EXAMPLES}; put "{key}:{value}" in quotes as text.')
        return
    name, equals, covered = _split(value)
    if not name or (equals and not clean(covered)):
        what = "text after =" if name else "name"
        search.problems.append(f'"{key}:{value}" lacks the {what}. {EXAMPLES}.')
    elif kind in VALUES and value.lower() not in VALUES[kind]:
        search.problems.append(f'"{key}:{value}" can\'t be. Use {_listed(key, VALUES[kind])}.')
    elif kind == "u":
        search.marks.append(f"u:{name}")
    elif equals and kind == "c":
        search.problems.append(f'A choice covers no text: write choice:{name} instead of "{key}:{value}".')
    elif equals:
        search.marks.append(f"t:{clean(name)}={clean(covered)}")
    else:
        search.marks.append(mark(kind, name))


def _listed(key: str, values: Sequence[str]) -> str:
    return f"{', '.join(f'{key}:{value}' for value in values[:-1])} or {key}:{values[-1]}"


def _split(value: str) -> tuple[str, str, str]:
    """Name, "=" or "", text; a "=" within quotes belongs to the name."""
    parts = re.match(r'((?:"[^"]*"|[^"=])*)(=?)(.*)', value, re.DOTALL)
    name, equals, covered = parts.groups() if parts else (value, "", "")
    return name.replace('"', "").strip(), equals, covered.replace('"', "")


def _add_words(search: Search, text: str, is_phrase: bool) -> None:
    is_prefix = text.endswith("*") and not is_phrase
    pieces = text.replace("\0", " ").translate(BLANKS).split()
    # Fractions and raised digits count as numbers here, but are no part of a word to the database.
    if not any(character.isalpha() or character.isdecimal() for piece in pieces for character in piece):
        search.problems.append(f'"{text}" holds no word. Search finds letters and digits.')
        return
    if not is_phrase and "*" in text.rstrip("*"):
        search.problems.append(f'"{text}": * stands only at the end of a word, as in aspir*.')
        return
    quoted = ["'" + piece.replace("\\", " ").replace("'", "''") + "'" for piece in pieces]
    if is_prefix:
        quoted[-1] += ":*"
    search.words.append(f"({' <-> '.join(quoted)})")

"""One page of a project's activity log, newest lines first, by keyset; narrowed by kind and person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db import connection

from projects.access import Membership
from projects.forms import task_id
from projects.listing import Listing
from projects.models import Activity
from projects.models.activity import ActivityQuerySet

PAGE_SIZE = 50
MOST_NAMES = 200
# In the address; no user name may hold this sign.
PRODUCT = "!"
# From name to name along the index, however many lines each of them has.
NAMES = """
WITH RECURSIVE named (name, place) AS (
  (SELECT username, 1 FROM projects_activity WHERE project_id = %(project)s ORDER BY username LIMIT 1)
  UNION ALL
  SELECT (SELECT username FROM projects_activity WHERE project_id = %(project)s AND username > named.name
          ORDER BY username LIMIT 1), place + 1
  FROM named WHERE named.name IS NOT NULL AND place < %(most)s
)
SELECT name FROM named WHERE name IS NOT NULL
"""


@dataclass(frozen=True)
class ActivityLog:
    """What one person may see of it: owner and managers all, others what they did themselves.

    kind: a verb, person: a user name or PRODUCT; None for any. before: lines older than the one with this id,
    where there are any.
    """

    membership: Membership
    kind: str | None
    person: str | None
    before: int | None

    @classmethod
    def of(cls, membership: Membership, data: Mapping[str, str]) -> ActivityLog:
        """From an address; what it can't mean is left out."""
        kind = data.get("kind", "")
        person = data.get("person", "").replace("\0", "")[:150] if membership.manages else ""
        return cls(
            membership, kind if kind in Activity.Verb.values else None, person or None, task_id(data.get("before"))
        )

    @property
    def lines(self) -> ActivityQuerySet:
        lines = self.membership.project.activities.newest()
        if not self.membership.manages:
            lines = lines.filter(by=self.membership.user)
        if self.kind:
            lines = lines.filter(verb=self.kind)
        if self.person:
            lines = lines.filter(username="" if self.person == PRODUCT else self.person)
        return lines

    @cached_property
    def _listing(self) -> Listing[Activity]:
        return Listing.behind(self.lines, self.before, PAGE_SIZE)

    @property
    def page(self) -> list[Activity]:
        return self._listing.rows

    @cached_property
    def titles(self) -> dict[int, str]:
        """Of the tasks that the page's lines are about, those that are there and that this person may see."""
        named = {line.task_id for line in self.page if line.task_id}
        return dict(self.membership.tasks.filter(pk__in=named).values_list("pk", "title")) if named else {}

    @property
    def is_behind(self) -> bool:
        """Whether there are newer lines than the page's."""
        return self._listing.before is not None

    @property
    def older(self) -> str:
        """Query string of the next page; "" on the last one."""
        return self._query(before=str(self._listing.older)) if self._listing.older else ""

    @property
    def newest(self) -> str:
        return self._query()

    @cached_property
    def names(self) -> list[str]:
        """Who has a line here; "" for the product itself."""
        with connection.cursor() as cursor:
            cursor.execute(NAMES, {"project": self.membership.project.pk, "most": MOST_NAMES})
            return [name for (name,) in cursor.fetchall()]

    def _query(self, **place: str) -> str:
        given = {"kind": self.kind, "person": self.person} | place
        return urlencode({name: value for name, value in given.items() if value})

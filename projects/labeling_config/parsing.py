"""From the tree of a Labeling Config to its value: what each tag means, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from lxml import etree

from projects.labeling_config import safe_xml, whole_config
from projects.labeling_config.colours import is_colour
from projects.labeling_config.hotkeys import normal_form
from projects.labeling_config.values import (
    Block,
    Choice,
    ChoicesControl,
    ConfigProblem,
    Header,
    Label,
    LabelingConfig,
    LabelsControl,
    Outcome,
    Relation,
    RelationsControl,
    TextObject,
)

CONTROLS = ("Labels", "Choices", "Relations")
ITEM_OF = {"Labels": "Label", "Choices": "Choice", "Relations": "Relation"}
CONTROL_OF = {item: control for control, item in ITEM_OF.items()}
DECORATION = ("View", "Header", "Style")
KNOWN_TAGS = (*CONTROLS, *CONTROL_OF, *DECORATION, "Text")
MAX_FIELD_NAME = 80
_TRUE_OR_FALSE = {"true": True, "false": False}


def parse(xml: str | bytes) -> Outcome:
    """Read a config; never raises. xml: text, or UTF-8 bytes.

    Problems come in the order of their lines; unknown tags are no problems but `config.unsupported` notices.
    """
    root, lines, problems = safe_xml.read(xml)
    if root is None:
        return Outcome(None, problems)
    reading = _Reading(dict(zip(root.iter(), lines, strict=True)))
    config = reading.config(root)
    found = [*reading.problems, *whole_config.problems(config, reading.places)]
    offered = whole_config.offered(config, reading.places)
    return Outcome(offered, tuple(sorted(found, key=lambda problem: problem.line or 0)))


@dataclass
class _Reading:
    """One pass over the elements of one config. `lines` gives the line of every element of the tree."""

    lines: dict[etree._Element, int]
    problems: list[ConfigProblem] = field(default_factory=list)
    notices: list[ConfigProblem] = field(default_factory=list)
    places: list[whole_config.NamedTag] = field(default_factory=list)
    items: dict[etree._Element, list[Label | Choice | Relation]] = field(default_factory=dict)
    paths: dict[etree._Element, tuple[str, ...]] = field(default_factory=dict)

    def config(self, root: etree._Element) -> LabelingConfig:
        if root.tag != "View":
            self.problem(root, f"The outermost tag is <{root.tag}>. Put everything into one <View> … </View>.")
        made: dict[etree._Element, Block] = {}
        for element in self.lines:
            if element.tag == "Text":
                made[element] = self.text(element)
            elif element.tag == "Header":
                made[element] = Header(self.value(element, "value"), self.lines[element])
            elif element.tag in CONTROLS:
                self.items[element] = []
            elif element.tag in CONTROL_OF:
                self.item(element)
            elif element.tag not in DECORATION:
                self.unsupported(element)
            if element.tag not in DECORATION and (name := self.value(element, "name")):
                self.places.append(whole_config.NamedTag(str(element.tag), name, self.lines[element]))
        makers: dict[str, Callable[[etree._Element], Block]] = {
            "Labels": self.labels,
            "Choices": self.choices,
            "Relations": self.relations,
        }
        made |= {element: makers[str(element.tag)](element) for element in self.items}
        blocks = tuple(made[element] for element in self.lines if element in made)
        return LabelingConfig(
            texts=tuple(block for block in blocks if isinstance(block, TextObject)),
            controls=tuple(block for block in blocks if isinstance(block, LabelsControl | ChoicesControl)),
            relations=_joined([block for block in blocks if isinstance(block, RelationsControl)]),
            unsupported=tuple(self.notices),
            blocks=blocks,
        )

    def problem(self, element: etree._Element, message: str) -> None:
        self.problems.append(ConfigProblem(message, self.lines[element]))

    def notice(self, element: etree._Element, message: str) -> None:
        self.notices.append(ConfigProblem(message, self.lines[element]))

    def unsupported(self, element: etree._Element) -> None:
        tag = str(element.tag)
        similar = next((known for known in KNOWN_TAGS if known.lower() == tag.lower()), None)
        hint = f" Did you mean <{similar}>? Upper and lower case count." if similar else ""
        self.notice(element, f"<{tag}> is not supported yet. It is kept, but has no effect.{hint}")

    def value(self, element: etree._Element, attribute: str) -> str:
        return str(element.get(attribute, "")).strip()

    def one_of(self, element: etree._Element, attribute: str, allowed: Sequence[str]) -> str:
        """The attribute where it is one of the allowed values, else the first of them."""
        if attribute not in element.attrib:
            return allowed[0]
        value = self.value(element, attribute)
        if value in allowed:
            return value
        wanted = ", ".join(f'"{option}"' for option in allowed)
        self.problem(element, f'{attribute}="{value}" of {_called(element)} means nothing here. Use one of {wanted}.')
        return allowed[0]

    def flag(self, element: etree._Element, attribute: str) -> bool:
        value = self.value(element, attribute).lower()
        if attribute in element.attrib and value not in _TRUE_OR_FALSE:
            self.problem(element, f'{attribute}="{value}" of {_called(element)} must be "true" or "false".')
        return _TRUE_OR_FALSE.get(value, False)

    def text(self, element: etree._Element) -> TextObject:
        name, value = self.value(element, "name"), self.value(element, "value")
        if not name:
            self.problem(element, '<Text> has no name. Give it one, such as name="text".')
        if not value:
            self.problem(
                element, f'{_called(element)} has no value. Name the field that it shows, as in value="$text".'
            )
        elif not value.startswith("$") or value == "$":
            self.problem(element, f'value="{value}" of {_called(element)} must be "$" and a field name, as in "$text".')
        elif len(value) > MAX_FIELD_NAME:
            self.problem(
                element, f"The field name of {_called(element)} is longer than {MAX_FIELD_NAME - 1} characters."
            )
        if self.value(element, "valueType").lower() == "url":
            self.notice(element, 'valueType="url" is not supported yet. The field must hold the text itself.')
        granularity = self.one_of(element, "granularity", ("symbol", "word", "sentence", "paragraph"))
        return TextObject(name, value[1:] if value.startswith("$") else "", granularity, self.lines[element])

    def item(self, element: etree._Element) -> None:
        """A label, choice or relation joins the nearest control above it."""
        tag = str(element.tag)
        control = next((above for above in element.iterancestors() if above.tag in CONTROLS), None)
        value = element.get("value", "")
        if control is None or control.tag != CONTROL_OF[tag]:
            where = f"inside {_called(control)}" if control is not None else "outside of any control"
            self.problem(element, f'<{tag} value="{value}"> is {where}. Move it into <{CONTROL_OF[tag]}>.')
        elif not whole_config.as_seen(value):
            self.problem(element, f'A <{tag}> of {_called(control)} has no value. Write <{tag} value="…"/>.')
        else:
            makers: dict[str, Callable[[etree._Element, str], Label | Choice | Relation]] = {
                "Label": self.label,
                "Choice": self.choice,
                "Relation": self.relation,
            }
            self.items[control].append(makers[tag](element, value))

    def label(self, element: etree._Element, value: str) -> Label:
        return Label(
            value=value,
            alias=self.value(element, "alias"),
            background=self.background(element),
            hotkey=self.hotkey(element),
            hint=self.value(element, "hint"),
            model=self.value(element, "model"),
            assertion=self.flag(element, "assertion"),
            predicted_values=_comma_list(element, "predicted_values"),
            line=self.lines[element],
        )

    def choice(self, element: etree._Element, value: str) -> Choice:
        alias = self.value(element, "alias")
        outer = next((self.paths[above] for above in element.iterancestors() if above in self.paths), ())
        self.paths[element] = (*outer, alias or value)
        return Choice(
            value=value,
            alias=alias,
            hotkey=self.hotkey(element),
            hint=self.value(element, "hint"),
            model=self.value(element, "model"),
            predicted_values=_comma_list(element, "predicted_values"),
            path=self.paths[element],
            line=self.lines[element],
        )

    def relation(self, element: etree._Element, value: str) -> Relation:
        return Relation(value, self.background(element), self.value(element, "allowed"), self.lines[element])

    def background(self, element: etree._Element) -> str:
        value = self.value(element, "background")
        if not value or is_colour(value):
            return value
        self.problem(
            element,
            f'background="{value}" of {_called(element)} is not a colour. Write a name such as "teal", #rgb, '
            "#rrggbb or rgba(0, 128, 128, 0.5).",
        )
        return ""

    def hotkey(self, element: etree._Element) -> str:
        value = element.get("hotkey", "")
        if not value:
            return ""
        key = normal_form(value)
        if key is None:
            self.problem(
                element,
                f'hotkey="{value}" of {_called(element)} is not a key. Write one character, or a combination such as '
                '"shift+d".',
            )
        return key or ""

    def labels(self, element: etree._Element) -> LabelsControl:
        if self.value(element, "model"):
            self.problem(
                element, f"{_called(element)} names a model, which means nothing there. Write model= on each <Label>."
            )
        name, to_names = self.names(element)
        choice = self.one_of(element, "choice", ("single", "multiple"))
        return LabelsControl(name, to_names, choice, tuple(self.items_of(element)), self.lines[element])

    def choices(self, element: etree._Element) -> ChoicesControl:
        name, to_names = self.names(element)
        return ChoicesControl(
            name=name,
            to_names=to_names,
            choice=self.one_of(element, "choice", ("single", "single-radio", "multiple")),
            required=self.flag(element, "required"),
            per_region=self.flag(element, "perRegion"),
            model=self.value(element, "model"),
            choices=tuple(self.items_of(element)),
            line=self.lines[element],
            layout=self.one_of(element, "layout", ("vertical", "inline", "select")),
        )

    def relations(self, element: etree._Element) -> RelationsControl:
        # Configs in the wild leave out both name and toName here: relations join regions, not texts.
        return RelationsControl(
            self.value(element, "name"),
            _comma_list(element, "toName"),
            tuple(item for item in self.items[element] if isinstance(item, Relation)),
            self.lines[element],
        )

    def names(self, element: etree._Element) -> tuple[str, tuple[str, ...]]:
        name, to_names = self.value(element, "name"), _comma_list(element, "toName")
        if not name:
            self.problem(element, f'<{element.tag}> has no name. Give it one, such as name="{_proposed(element)}".')
        if not to_names:
            self.problem(
                element, f'{_called(element)} has no toName. Write the name of the <Text>, as in toName="text".'
            )
        return name, to_names

    def items_of(self, element: etree._Element) -> Iterator[Any]:
        item = ITEM_OF[str(element.tag)]
        # A child that is there but has no value was reported on its own line.
        if not self.items[element] and not any(True for _ in element.iter(item)):
            self.problem(element, f'{_called(element)} has no <{item}>. Put at least one <{item} value="…"/> into it.')
        return iter(self.items[element])


def _joined(controls: Sequence[RelationsControl]) -> RelationsControl | None:
    """All relations of a config as one control: they join regions, wherever in the config they stand."""
    if not controls:
        return None
    return replace(controls[0], relations=tuple(chain.from_iterable(control.relations for control in controls)))


def _called(element: etree._Element) -> str:
    for attribute in ("name", "value"):
        if name := element.get(attribute, "").strip():
            return f'<{element.tag} {attribute}="{name}">'
    return f"<{element.tag}>"


def _proposed(element: etree._Element) -> str:
    return "label" if element.tag == "Labels" else "choice"


def _comma_list(element: etree._Element, attribute: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in element.get(attribute, "").split(",") if part.strip())

"""A colour for every label: the config's own, or a generated one. The stylesheet keeps each of them readable."""

from __future__ import annotations

from projects.labeling_config import LabelingConfig, LabelsControl
from projects.labeling_config.colours import is_colour

# Turning the hue by the golden angle keeps neighbours in the list far apart, however long it grows.
GOLDEN_ANGLE = 137.508
FIRST_HUE = 210


def generated(place: int) -> str:
    """A CSS colour for the label at this place of the config, from 0."""
    return f"hsl({(FIRST_HUE + place * GOLDEN_ANGLE) % 360:.0f} 65% 45%)"


class Colours:
    """Numbers for the colours of one page; labels that the config doesn't know get theirs when they are met."""

    def __init__(self, config: LabelingConfig | None) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self.css: list[str] = []
        for control in config.controls if config else ():
            items = control.labels if isinstance(control, LabelsControl) else control.choices
            numbers = {item: self._add(getattr(item, "background", "")) for item in items}
            self._numbers |= {(control.name, name): numbers[item] for name, item in control.by_name.items()}

    def number(self, control: str, label: str) -> int:
        """Place of this label's colour in `css`."""
        key = (control, label)
        if key not in self._numbers:
            self._numbers[key] = self._add("")
        return self._numbers[key]

    def _add(self, background: str) -> int:
        # A background that is no colour would otherwise end up in the page's stylesheet.
        self.css.append(background if is_colour(background) else generated(len(self.css)))
        return len(self.css) - 1

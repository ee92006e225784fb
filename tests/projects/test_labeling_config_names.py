"""What labels, choices and relations may be called, and which keys may stand for them."""

import re
from pathlib import Path

import pytest

from projects.labeling_config import RESERVED_HOTKEYS
from projects.labeling_config.hotkeys import EDITOR_HOTKEYS, normal_form
from tests.projects.test_labeling_config import around, told

COMMANDS = Path(__file__).resolve().parents[2] / "static/js/editor/commands.js"


def test_the_editors_own_keys_are_those_that_its_script_declares():
    lists = re.findall(r'\bkeys: \[((?:"[^"]+"(?:, )?)+)\]', COMMANDS.read_text())
    assert {key for keys in lists for key in re.findall(r'"([^"]+)"', keys)} == EDITOR_HOTKEYS


@pytest.mark.parametrize("key", sorted(RESERVED_HOTKEYS))
def test_a_reserved_key_is_refused(key: str):
    assert normal_form(key) == key
    assert told(around(f'<Labels name="l" toName="text"><Label value="A" hotkey="{key}"/></Labels>')) == [
        f'Line 2: The hotkey "{key}" of Label "A" of <Labels name="l"> is reserved for the editor. Take another.'
    ]

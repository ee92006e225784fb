from projects.label_colours import Colours, generated
from projects.labeling_config import parse

CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="DRUG" background="#2f7ed8"/>
    <Label value="DOSAGE"/>
    <Label value="long" alias="short" background="teal"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>"""


def colour(colours: Colours, label: str) -> str:
    return colours.css[colours.number("label", label)]


def test_a_label_has_the_configs_colour_or_a_generated_one():
    colours = Colours(parse(CONFIG).config)
    assert [colour(colours, name) for name in ("DRUG", "DOSAGE", "short")] == ["#2f7ed8", generated(1), "teal"]


def test_a_label_that_the_config_lost_gets_a_colour_of_its_own_and_keeps_it():
    colours = Colours(parse(CONFIG).config)
    assert colour(colours, "GONE") == generated(3)
    assert colours.number("label", "GONE") == colours.number("label", "GONE")


def test_no_config_is_no_obstacle():
    assert colour(Colours(None), "DRUG") == generated(0)


def test_what_is_no_colour_never_reaches_the_stylesheet():
    colours = Colours(parse(CONFIG.replace("#2f7ed8", "red}</style><script>alert(1)</script>")).config)
    assert colour(colours, "DRUG") == generated(0)


def test_generated_colours_differ():
    assert len({generated(place) for place in range(40)}) == 40

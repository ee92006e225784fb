import pytest
from django.template.defaultfilters import floatformat

from projects.row_templates import decimals


@pytest.mark.parametrize("number", [None, 0.0, 1.0, 0.5, 0.125, 0.135, 0.995, 0.004, 1e-7, 0.9999])
def test_figures_are_rounded_as_on_all_other_pages(number):
    assert decimals(number) == floatformat(number, 2)

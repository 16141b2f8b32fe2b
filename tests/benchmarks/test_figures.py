"""Figures, exponents, and what is written into the document."""

import pytest

from benchmarks.figures import Figure, exponent, table, write
from benchmarks.scaling import Measured, Plan, measure


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_exponent_is_that_of_the_growth_above_the_start(power):
    seconds = [3.0 + 0.02 * size**power for size in (10, 1000)]
    assert exponent((10, 1000), (seconds[0], seconds[1]), 3.0) == pytest.approx(power)
    assert exponent((10, 1000), (seconds[0], seconds[1]), 0.0) < power


@pytest.mark.parametrize(("value", "met"), [(1.25, True), (1.26, False)])
def test_a_missed_limit_is_seen_everywhere(value, met):
    figure = Figure("up of 30 models, ratio to raw", value, limit=1.25)
    assert figure.is_met is met
    assert ("MISSED" in figure.line) is not met
    assert ("missed" in " ".join(figure.row)) is not met
    assert Figure("destroy", 1e9).is_met


def test_only_its_part_of_the_document_is_written(tmp_path):
    path = tmp_path / "performance.md"
    path.write_text(
        "# Times\n<!-- up -->old<!-- end of up -->\nkept\n<!-- preview -->also kept<!-- end of preview -->\n"
    )
    write(path, "up", r"new \1 text")
    assert path.read_text() == (
        "# Times\n<!-- up -->\n\nnew \\1 text\n\n<!-- end of up -->\nkept\n<!-- preview -->also kept<!-- end of preview -->\n"
    )
    with pytest.raises(ValueError, match="has 0 parts launch"):
        write(path, "launch", "text")


class Slow:
    """A program whose times are made up."""

    def __init__(self, variant, seconds, order):
        self.variant, self.seconds, self.order = variant, seconds, order

    def run(self, verb, models, **variables):
        self.order.append((verb, models, self.variant))
        return 1.0 + self.seconds * models if verb == "up" else 0.5


def test_variants_take_turns_and_every_up_is_destroyed():
    order = []
    plan = Plan("up", {30: 2, 100: 1}, ratio=1.25, growth=1.05)
    programs = {"slipway": Slow("slipway", 0.1, order), "raw": Slow("raw", 0.05, order)}
    found = measure(plan, programs, lambda _: None)
    ups = [(models, variant) for verb, models, variant in order if verb == "up" and models]
    assert ups == [(30, "slipway"), (30, "raw"), (30, "raw"), (30, "slipway"), (100, "slipway"), (100, "raw")]
    assert [verb for verb, *_ in order] == ["up", "destroy"] * (len(order) // 2)
    by_name = {figure.name: figure for figure in found.figures}
    assert by_name["up of 30 models, ratio to raw"].value == pytest.approx(4.0 / 2.5)
    assert not by_name["up of 30 models, ratio to raw"].is_met
    assert by_name["up from 30 to 100 models, exponent"].value == pytest.approx(1.0)
    assert "| 100 | 11.0 s | 6.0 s | 1.83 | 1.00 | 0.5 s |" in found.text


def test_quick_takes_the_smaller_sizes_once():
    assert Plan("up", {300: 2, 30: 3, 100: 2}).quick.sizes == {30: 1, 100: 1}


def test_a_table():
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
    assert Measured(Plan("preview", {10: 1}), 1.0, {(10, "slipway"): 2.0, (10, "raw"): 2.0}, {}).text.count("\n") == 3

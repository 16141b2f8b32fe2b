"""Facts and their arithmetic."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SlipwayError
from catalog.gpu import base_resource
from catalog.machines import Accelerator, Cloud, machine, machines, smallest
from catalog.quantity import quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        ("1.5Gi", "1610612736"),
        ("1k", "1000"),
        ("1Ki", "1024"),
        ("2e3", "2000"),
        ("8Ei", str(8 * 2**60)),
    ],
)
def test_quantities(text, number):
    assert quantity(text) == Decimal(number)


@given(st.integers(0, 10**6), st.sampled_from(["", "m", "k", "Ki", "Mi", "Gi"]))
def test_more_is_more(number, suffix):
    assert quantity(f"{number + 1}{suffix}") > quantity(f"{number}{suffix}")


@pytest.mark.parametrize("text", ["", "Gi", "1GB", "1.Gi", "1 Gi", "0x1", "NaN", "1e", "-1"])
def test_no_quantities(text):
    with pytest.raises(ValueError, match="no Kubernetes quantity"):
        quantity(text)


def test_what_a_machine_offers_agrees_with_what_it_carries():
    for known in machines().values():
        assert quantity(known.allocatable["memory"]) < known.memory_mib * 2**20, known.name
        assert quantity(known.allocatable["cpu"]) < known.vcpus, known.name
        assert (known.accelerator is None) == (known.accelerator_count == 0), known.name
        if known.accelerator:
            assert known.allocatable[base_resource(known.accelerator)] == str(known.accelerator_count), known.name


def test_the_smallest_machine():
    assert smallest(Cloud.AWS, Accelerator.H100, 8).name == "p5.48xlarge"
    assert smallest(Cloud.AWS, Accelerator.L4, 1).name == "g6.xlarge"
    assert machine("g6.xlarge").accelerator_memory_mib == 22888


def test_what_does_not_exist_names_what_does():
    with pytest.raises(SlipwayError, match="give one of 1, 4, 8"):
        smallest(Cloud.AWS, Accelerator.L4, 3)
    with pytest.raises(SlipwayError, match=r"did you mean g6\.xlarge"):
        machine("g6.xlarg")


def test_a_fraction_is_not_a_whole_accelerator():
    assert machine("g6f.xlarge").accelerator is None

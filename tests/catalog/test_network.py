"""The planner: nothing overlaps, nothing leaves the network, and what it proves is true."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.network import Demand, eks_plan, gke_plan, short
from tests.counts import count

ZONES = ("a", "b", "c", "d", "e", "f")
EXAMPLES = settings(max_examples=count(test=100, prove=1000, soak=10_000), deadline=None)

networks = st.builds(
    lambda address, prefix: str(IPv4Network((address, prefix), strict=False)),
    st.integers(0x0A000000, 0x0AFFFFFF),
    st.integers(9, 28),
)
demands = st.lists(
    st.builds(
        Demand,
        nodes=st.integers(1, 1000),
        zones=st.sets(st.sampled_from(ZONES), min_size=1).map(sorted),
        max_pods=st.integers(8, 250),
        interfaces=st.integers(0, 32),
    ),
    min_size=1,
    max_size=5,
)


def disjoint(subnets):
    return not any(one.overlaps(other) for one, other in combinations(subnets, 2))


@EXAMPLES
@given(networks, st.integers(1, 6), demands)
def test_subnets_of_a_vpc_stay_in_it_and_apart(cidr, zones, wanted):
    try:
        plan = eks_plan(cidr, ZONES[:zones], wanted)
    except ValueError:
        # One part for each zone and one more; half of that one has a /28 of the control plane for each zone.
        control = 28 - (IPv4Network(cidr).prefixlen + zones.bit_length() + 1)
        assert control < 0 or 2**control < zones
        return
    subnets = [*plan.public.values(), *plan.private.values(), *plan.control.values()]
    assert len(subnets) == 3 * zones
    assert disjoint(subnets)
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not plan.services.overlaps(IPv4Network(cidr))
    for zone, subnet in plan.private.items():
        assert disjoint(plan.blocks[zone])
        assert all(part.subnet_of(subnet) for part in plan.blocks[zone])


@EXAMPLES
@given(networks, st.integers(1, 4), demands)
def test_ranges_of_google_stay_in_the_network_and_apart(cidr, zones, wanted):
    try:
        plan = gke_plan(cidr, ZONES[:zones], wanted)
    except ValueError:
        assert IPv4Network(cidr).prefixlen > 22
        return
    ranges = [plan.nodes, plan.pods, plan.services, plan.control_plane, plan.proxies]
    assert disjoint(ranges)
    assert all(part.subnet_of(IPv4Network(cidr)) for part in ranges)
    assert plan.control_plane.prefixlen == 28


@EXAMPLES
@given(networks, demands)
def test_what_fits_on_paper_fits_when_every_node_is_there(cidr, wanted):
    """Nodes are placed one by one, each with its blocks of sixteen, all of a pool in any one of its zones."""
    try:
        plan = eks_plan(cidr, ZONES, wanted)
    except ValueError:
        return
    if list(short(plan.budgets)):
        return
    for zone in ZONES:
        blocks = sum(part.num_addresses // 16 for part in plan.blocks[zone])
        singles = plan.private[zone].num_addresses - 16 * blocks - 5
        for demand in wanted:
            if zone in demand.zones:
                blocks -= demand.nodes * -(-demand.max_pods // 16)
                singles -= demand.nodes * (1 + demand.interfaces)
        assert blocks >= 0
        assert singles >= 0


@EXAMPLES
@given(networks, demands)
def test_what_fits_on_google_leaves_each_node_twice_its_pods(cidr, wanted):
    try:
        plan = gke_plan(cidr, ZONES[:3], wanted)
    except ValueError:
        return
    nodes = sum(demand.nodes for demand in wanted)
    if not list(short(plan.budgets)):
        assert nodes * 2 * max(demand.max_pods for demand in wanted) <= plan.pods.num_addresses
        assert nodes < plan.nodes.num_addresses - 4


def test_too_much_is_named_with_its_place():
    plan = eks_plan("10.0.0.0/20", ("a", "b"), [Demand(nodes=40, zones=("b",), max_pods=110)])
    (lack,) = short(plan.budgets)
    assert (lack.what, lack.needed, lack.available) == ("pods in b", 42 * 8 * 16, 768)


def test_a_plan_does_not_move_when_pools_change():
    """Subnets are never replaced: they depend on the network and its zones alone."""
    few = eks_plan("10.0.0.0/16", ZONES[:3], [Demand(nodes=1, zones=("a",), max_pods=110)])
    many = eks_plan("10.0.0.0/16", ZONES[:3], [Demand(nodes=99, zones=("a", "b"), max_pods=250)])
    assert (few.private, few.public, few.control, few.blocks) == (many.private, many.public, many.control, many.blocks)


@pytest.mark.parametrize(
    ("cidr", "avoid", "services"),
    [
        ("10.0.0.0/16", (), "172.20.0.0/16"),
        ("172.20.0.0/16", (), "10.100.0.0/16"),
        ("10.0.0.0/16", ("172.16.0.0/12",), "10.100.0.0/16"),
    ],
)
def test_services_get_the_network_that_is_free(cidr, avoid, services):
    assert str(eks_plan(cidr, ZONES[:3], [], avoid=avoid).services) == services


def test_without_a_free_network_services_are_refused():
    with pytest.raises(ValueError, match=r"say network\.services"):
        eks_plan("172.20.0.0/16", ZONES[:3], [], avoid=("10.0.0.0/8",))
    assert str(eks_plan("172.20.0.0/16", ZONES[:3], [], "192.168.0.0/20", ("10.0.0.0/8",)).services) == "192.168.0.0/20"

"""What pools take at most: of the account's quotas, and of its money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog import quota_codes
from catalog.machines import Machine

# Where a quota counts that knows no regions.
GLOBAL = "global"


@dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """A pool as far as it is bought.

    Attributes:
        pool: its name.
        region: where.
        machines: the types its nodes may have.
        minimum: of nodes.
        maximum: of nodes.
        spot: whether they can be taken back.
    """

    pool: str
    region: str
    machines: Sequence[Machine]
    minimum: int
    maximum: int
    spot: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """How much of one quota the pools take when all their nodes are there.

    Attributes:
        code: by which the cloud knows the quota; None: not known here, `what` says what to look for.
        what: its name, or what it is about.
        region: where it counts; `global` for all regions together.
        unit: `vCPU`, `GPU` or `chip`.
        pools: that take of it.
    """

    code: str | None
    what: str
    region: str
    unit: str
    needed: int
    pools: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What nodes cost an hour, in US dollars. Disks, traffic, gateways and control planes are not in it.

    Attributes:
        minimum: of the nodes whose price is known, when each pool has its fewest and cheapest.
        maximum: of the same, when each pool has its most and dearest.
        unknown_minimum: nodes that are not in `minimum`, because the price of a type of theirs is not known.
        unknown_maximum: those that are not in `maximum`.
        unknown: pool and machine type of each price that is not known.
        dates: of the price lists.
    """

    minimum: Decimal
    maximum: Decimal
    unknown_minimum: int
    unknown_maximum: int
    unknown: tuple[tuple[str, str], ...]
    dates: tuple[str, ...]


def needs(pools: Iterable[Nodes]) -> list[Need]:
    """The sum of the pools' maxima by quota, the known codes first.

    A pool that may have several types takes of each quota as if all its nodes were of the type that takes most of it.
    """
    sums: dict[tuple[quota_codes.Quota, str], tuple[int, list[str]]] = {}
    for nodes in pools:
        most: dict[quota_codes.Quota, int] = {}
        for machine in nodes.machines:
            for quota, of_one in quota_codes.taken(machine, spot=nodes.spot):
                most[quota] = max(most.get(quota, 0), of_one)
        for quota, of_one in most.items():
            where = GLOBAL if quota.everywhere else nodes.region
            before, names = sums.get((quota, where), (0, []))
            sums[quota, where] = (before + of_one * nodes.maximum, [*names, nodes.pool])
    found = [
        Need(code=quota.code, what=quota.what, region=region, unit=quota.unit, needed=needed, pools=tuple(names))
        for (quota, region), (needed, names) in sums.items()
    ]
    return sorted(found, key=lambda need: (need.code is None, need.code or "", need.what, need.region))


def cost(pools: Iterable[Nodes]) -> Cost:
    """What the pools cost an hour, from the dated price lists of the catalogue."""
    least = most = Decimal(0)
    few = many = 0
    unknown: list[tuple[str, str]] = []
    dates: set[str] = set()
    for nodes in pools:
        prices = [_price(machine, nodes, dates) for machine in nodes.machines]
        known = [price for price in prices if price is not None]
        unknown += [(nodes.pool, m.name) for m, price in zip(nodes.machines, prices, strict=True) if price is None]
        if len(known) < len(prices):
            few, many = few + nodes.minimum, many + nodes.maximum
        else:
            least, most = least + nodes.minimum * min(known), most + nodes.maximum * max(known)
    return Cost(
        minimum=least,
        maximum=most,
        unknown_minimum=few,
        unknown_maximum=many,
        unknown=tuple(unknown),
        dates=tuple(sorted(dates)),
    )


def _price(machine: Machine, nodes: Nodes, dates: set[str]) -> Decimal | None:
    price = machine.prices.get(nodes.region)
    if price is None:
        return None
    found = price.spot if nodes.spot else price.on_demand
    if found is not None:
        dates.add(price.date)
    return found

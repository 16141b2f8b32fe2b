"""How the time of `preview` and `up` grows with the number of models, beside the program written by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from benchmarks.engine import VARIANTS, Program
from benchmarks.figures import Figure, exponent, table

OURS: Final = VARIANTS[0]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        sizes: numbers of models, with how often each is measured.
        ratio: what ours may take of the raw program's time.
        growth: what the exponent may be; None where nothing is promised.
        variants: what is measured, in turn.
        variables: added to the engine's environment.
    """

    verb: str
    sizes: dict[int, int]
    ratio: float | None = None
    growth: float | None = None
    variants: tuple[str, ...] = VARIANTS
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def quick(self) -> "Plan":
        """The smaller sizes, once each."""
        sizes = dict.fromkeys(sorted(self.sizes)[:2], 1)
        return Plan(self.verb, sizes, self.ratio, self.growth, self.variants, self.variables)


@dataclass(frozen=True)
class Measured:
    """The best time of each size and variant; `destroys` follow their `up`."""

    plan: Plan
    start: float
    seconds: dict[tuple[int, str], float]
    destroys: dict[tuple[int, str], float]

    @property
    def figures(self) -> list[Figure]:
        """Everything as single numbers."""
        return [*self._times, *self._ratios, *self._exponents]

    @property
    def _times(self) -> list[Figure]:
        verb = self.plan.verb
        times = [Figure(f"{verb} of 0 models, {OURS}", self.start, " s")]
        times += [Figure(f"{verb} of {n} models, {variant}", took, " s") for (n, variant), took in self.seconds.items()]
        return times + [Figure(f"destroy of {n} models, {v}", took, " s") for (n, v), took in self.destroys.items()]

    @property
    def _ratios(self) -> list[Figure]:
        if len(self.plan.variants) < 2:
            return []
        return [
            Figure(f"{self.plan.verb} of {size} models, ratio to raw", self._ratio(size), limit=self.plan.ratio)
            for size in self.plan.sizes
        ]

    @property
    def _exponents(self) -> list[Figure]:
        sizes = sorted(self.plan.sizes)
        pairs = [*pairwise(sizes), *([(sizes[0], sizes[-1])] if len(sizes) > 2 else [])]
        return [
            Figure(
                f"{self.plan.verb} from {few} to {many} models, exponent",
                self._growth(few, many),
                limit=self.plan.growth,
            )
            for few, many in pairs
        ]

    def _ratio(self, size: int) -> float:
        ours, raw = (self.seconds[size, variant] for variant in VARIANTS)
        return ours / raw

    def _growth(self, few: int, many: int) -> float:
        return exponent((few, many), (self.seconds[few, OURS], self.seconds[many, OURS]), self.start)

    @property
    def text(self) -> str:
        """The table of the document."""
        sizes = sorted(self.plan.sizes)
        both = len(self.plan.variants) > 1
        head = [
            "models",
            *self.plan.variants,
            *(["ratio"] if both else []),
            "exponent",
            *(["destroy"] if self.destroys else []),
        ]
        rows = [["0", f"{self.start:.1f} s", *[""] * (len(head) - 2)]]
        for before, size in zip([0, *sizes], sizes, strict=False):
            rows.append(
                [
                    f"{size:,}",
                    *(f"{self.seconds[size, variant]:.1f} s" for variant in self.plan.variants),
                    *([f"{self._ratio(size):.2f}"] if both else []),
                    f"{self._growth(before, size):.2f}" if before else "",
                    *([f"{self.destroys[size, OURS]:.1f} s"] if self.destroys else []),
                ]
            )
        return table(head, rows)


def measure(plan: Plan, programs: dict[str, Program], say: Say) -> Measured:
    """Measures in turn, so that a busy minute of the machine meets both; the best of each is taken."""
    starts = [_once(programs[OURS], plan, 0, say)[0] for _ in range(max(plan.sizes.values()))]
    seconds: dict[tuple[int, str], float] = {}
    destroys: dict[tuple[int, str], float] = {}
    for size, times in sorted(plan.sizes.items()):
        for turn in range(times):
            for variant in plan.variants if turn % 2 == 0 else reversed(plan.variants):
                took, destroyed = _once(programs[variant], plan, size, say)
                key = size, variant
                seconds[key] = min(took, seconds.get(key, took))
                if plan.verb == "up":
                    destroys[key] = min(destroyed, destroys.get(key, destroyed))
    ordered = {(size, variant): seconds[size, variant] for size in sorted(plan.sizes) for variant in plan.variants}
    return Measured(plan, min(starts), ordered, destroys)


def _once(program: Program, plan: Plan, size: int, say: Say) -> tuple[float, float]:
    took = program.run(plan.verb, size, **plan.variables)
    destroyed = program.run("destroy", size, **plan.variables) if plan.verb == "up" else 0.0
    gone = f", destroyed in {destroyed:.2f} s" if destroyed else ""
    say(f"  {plan.verb} {size} {program.variant}: {took:.2f} s{gone}")
    return took, destroyed

"""Writes the catalogue's data files from their sources; run by hand when a source is newer.

    python -m scripts.catalog_data aws
    python -m scripts.catalog_data google CHECKOUT

`aws` reads the answers of EC2's API that moto carries for its emulation. `google` reads the lists of machine types,
regions and zones in a checkout of https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator. Prices are not
touched: they stand in `aws.json` and `google_prices.json`.
"""

import csv
import gzip
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Container, Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "catalog" / "data"
# Families of the price list, and the TPUs; what is in no price list and no accelerator table stays out.
GOOGLE_FAMILIES = (
    "a2",
    "a3",
    "a4",
    "c3",
    "c3d",
    "c4",
    "ct5lp",
    "ct5p",
    "ct6e",
    "e2",
    "g2",
    "g4",
    "n1",
    "n2",
    "n2d",
    "n4",
)

# Google's own edge locations, and variants that differ in their disks alone.
GOOGLE_WITHOUT = ("edgegpu", "nolssd")
LISTS = (
    "machinetypes", "machinetyperegion", "machinetypezone", "regions", "zones", "acceleratortyperegion",
    "acceleratortypezone",
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """Writes one cloud's file."""
    match arguments:
        case ["aws"]:
            _write("aws_zones.json", aws_zones())
        case ["google", checkout]:
            _write("google.json", google(Path(checkout)))
        case _:
            sys.exit(__doc__)


def aws_zones() -> dict[str, Any]:
    """Where each known AWS machine type is offered, and the memory of AWS' own accelerators."""
    known = set(json.loads((DATA / "aws.json").read_text())["instance_types"])
    offers = resources.files("moto") / "ec2" / "resources" / "instance_type_offerings" / "availability-zone"
    regions: dict[str, Any] = {}
    for entry in sorted(offers.iterdir(), key=lambda item: item.name):
        region = entry.name.removesuffix(".json.gz")
        letters: dict[str, set[str]] = defaultdict(set)
        for offer in json.loads(gzip.decompress(entry.read_bytes())):
            # Local and Wavelength zones (us-west-2-lax-1a) cannot hold an EKS cluster's own subnets.
            if re.fullmatch(rf"{region}[a-z]", offer["Location"]):
                letters[offer["InstanceType"]].add(offer["Location"][-1])
        regions[region] = {
            "zones": "".join(sorted(set().union(*letters.values()))),
            "offered": {name: "".join(sorted(letters[name])) for name in sorted(known & set(letters))},
        }
    return {
        "source": f"moto {metadata.version('moto')}: ec2/resources/instance_type_offerings, instance_types (EC2's API)",
        "regions": regions,
        "neuron_memory_mib": dict(_neuron_memory(known)),
    }


def _neuron_memory(known: Container[str]) -> Iterator[tuple[str, int]]:
    packed = resources.files("moto") / "ec2" / "resources" / "instance_types.json.gz"
    for name, entry in sorted(json.loads(gzip.decompress(packed.read_bytes())).items()):
        devices = entry.get("NeuronInfo", {}).get("NeuronDevices", []) if name in known else []
        # For trn2 the API says 512 GiB a chip, which no published table does: what one chip has stays unknown.
        if devices and not name.startswith("trn2."):
            yield name, devices[0]["MemoryInfo"]["SizeInMiB"]


def google(checkout: Path) -> dict[str, Any]:
    """Google's machine types, regions, zones, and what is offered where."""
    zones: dict[str, list[str]] = {row["NAME"]: [] for row in _rows(checkout, "regions")}
    for row in _rows(checkout, "zones"):
        zones.setdefault(row["REGION"], []).append(row["NAME"].removeprefix(f"{row['REGION']}-"))
    types = {
        row["NAME"]: {"vcpu": int(row["CPUS"]), "memory_mib": int(float(row["MEMORY_GB"]) * 1024)}
        for row in _rows(checkout, "machinetypes")
        if row["NAME"].split("-")[0] in GOOGLE_FAMILIES and not any(word in row["NAME"] for word in GOOGLE_WITHOUT)
    }
    offered = _places(_rows(checkout, "machinetyperegion"), _rows(checkout, "machinetypezone"))
    return {
        "source": "https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator tools/*.csv (Google's API)",
        "dates": {name: _date(checkout, name) for name in LISTS},
        "regions": {region: "".join(sorted(letters)) for region, letters in sorted(zones.items())},
        "machine_types": {name: entry | {"offered": offered.get(name, {})} for name, entry in types.items()},
        "accelerators": _places(_rows(checkout, "acceleratortyperegion"), _rows(checkout, "acceleratortypezone")),
    }


def _places(regions: Iterator[dict[str, str]], zones: Iterator[dict[str, str]]) -> dict[str, dict[str, str]]:
    """By name and region, the letters of the zones of the older list; the regions are those of the newer one."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for row in regions:
        places[row["NAME"]][row["ZONE"]] = ""
    for row in zones:
        region, _, letter = row["ZONE"].rpartition("-")
        if region in places.get(row["NAME"], {}):
            places[row["NAME"]][region] = "".join(sorted(places[row["NAME"]][region] + letter))
    return dict(places)


def _rows(checkout: Path, name: str) -> Iterator[dict[str, str]]:
    text = _git(checkout, "show", f"HEAD:tools/{name}.csv")
    yield from csv.DictReader(text.splitlines(), delimiter=";")


def _date(checkout: Path, name: str) -> str:
    return _git(checkout, "log", "-1", "--format=%cs", "--", f"tools/{name}.csv").strip()


def _git(checkout: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(checkout), *arguments], check=True, capture_output=True, text=True).stdout


def _write(name: str, document: dict[str, Any]) -> None:
    (DATA / name).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

"""The counting of verdicts: every object has one, or is called lost."""

import json
import sys

from scripts import measure_samples

MODEL = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: %s}\n"
# Stands in for the command: a verdict per file by its name, nothing for `mute`, a crash for `crash`.
COMMAND = """
import json, pathlib, sys
names = [pathlib.Path(p).stem for p in sys.argv[1:] if p.endswith(".yaml")]
if "crash" in names:
    sys.exit("RuntimeError: what a pity")
for name in names:
    if name not in ("mute", "other"):
        line = {"file": name, "kind": "Model", "name": name, "verdict": name, "reasons": ["why"], "differences": ["how"]}
        print(json.dumps(line))
sys.exit(2)
"""


def measure(tmp_path, monkeypatch, capsys, names, *arguments):
    for name in names:
        (tmp_path / f"{name}.yaml").write_text(MODEL % name)
    (tmp_path / "other.yaml").write_text("kind: ConfigMap")
    (tmp_path / "broken.json").write_text("{")
    monkeypatch.setattr(measure_samples, "_SLIPWAY", (sys.executable, "-S", "-c", COMMAND))
    monkeypatch.setattr(sys, "argv", ["measure", str(tmp_path), *arguments])
    return measure_samples.main(), capsys.readouterr()


def test_verdicts_are_counted(tmp_path, monkeypatch, capsys):
    code, told = measure(
        tmp_path,
        monkeypatch,
        capsys,
        ["exact", "equivalent", "refused"],
        "--markdown",
        "--lines",
        str(tmp_path / "lines.txt"),
    )
    assert "| Model | 3 | 1 | 1 | 1 | 0 | 0 | 0 | 66.7% |" in told.out.splitlines()
    assert "refused       1  why" in told.err
    assert "equivalent    1  how" in told.err
    assert [json.loads(line)["name"] for line in (tmp_path / "lines.txt").read_text().splitlines()] == [
        "equivalent",
        "exact",
        "refused",
    ]
    assert code == 0


def test_an_object_without_a_verdict_is_lost(tmp_path, monkeypatch, capsys):
    code, told = measure(tmp_path, monkeypatch, capsys, ["exact", "mute"])
    assert told.out.splitlines()[1].split() == ["Model", "2", "1", "0", "0", "0", "0", "1", "50.0%"]
    assert "mute.yaml: 0 lines for 1 objects" in told.err
    assert code == 1


def test_a_crash_costs_its_own_file_alone(tmp_path, monkeypatch, capsys):
    code, told = measure(tmp_path, monkeypatch, capsys, ["exact", "crash"])
    assert told.out.splitlines()[1].split() == ["Model", "2", "1", "0", "0", "0", "0", "1", "50.0%"]
    assert "crash.yaml: RuntimeError: what a pity" in told.err
    assert code == 1


def test_lists_and_several_documents_are_looked_into(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(
        MODEL % "a"
        + "---\n"
        + json.dumps(
            {
                "kind": "List",
                "items": [
                    {"apiVersion": "v1", "kind": "Service"},
                    {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService"},
                ],
            }
        )
    )
    assert list(measure_samples._kinds(file)) == ["Model", "InferenceService"]

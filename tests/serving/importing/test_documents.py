"""What a file may hold, and what it may not."""

import pytest

from catalog.errors import SlipwayError
from components.serving.importing.documents import LIMIT, manifests


@pytest.fixture
def read(tmp_path):
    def reads(text: str | bytes, name: str = "f.yaml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return manifests(path)

    return reads


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: A\n---\nkind: B\n---\n", [{"kind": "A"}, {"kind": "B"}]),
        ('{"kind": "A"}', [{"kind": "A"}]),
        ('{\n\t"kind": "A"\n}\n{"kind": "B"}', [{"kind": "A"}, {"kind": "B"}]),
        ("{kind: A, of: [1, 2]}", [{"kind": "A", "of": [1, 2]}]),
        ('[{"kind": "A"}, {"kind": "B"}]', [{"kind": "A"}, {"kind": "B"}]),
        ("kind: List\nitems: [{kind: A}, {kind: List, items: [{kind: B}]}]", [{"kind": "A"}, {"kind": "B"}]),
        ("kind: AList\napiVersion: v1\nitems: [{a: 1}]", [{"kind": "A", "apiVersion": "v1", "a": 1}]),
        ("", []),
        ("# nothing\n---\n", []),
        ("\ufeffkind: A", [{"kind": "A"}]),
        ("just a text", ["just a text"]),
    ],
)
def test_documents(read, text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("1:30", "1:30"),
        ("8080", 8080),
        ("010", 8),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1Gi", "1Gi"),
        ("0.0.0.0", "0.0.0.0"),
        ("1.19.0-dev", "1.19.0-dev"),
        ("=", "="),
        ("true", True),
        ("~", None),
    ],
)
def test_scalars_are_what_the_api_server_sees(read, text, value):
    (found,) = read(f"a: {text}")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


def test_keys_are_texts_and_merges_are_made(read):
    assert read("base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}\n1: a\ntrue: b\nnull: c") == [
        {"base": {"x": 1, "y": 2}, "more": {"x": 1, "y": 3}, "1": "a", "true": "b", "null": "c"}
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "broken YAML: line 2"),
        ("a: b: c", "broken YAML: line 1: mapping values are not allowed"),
        ("a: 1\na: 2", "line 2: the key 'a' is there twice"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice"),
        ("a: .nan", "a value that JSON does not have"),
        ("a: .inf", "a value that JSON does not have"),
        ("a: !!binary aGVsbG8=", "a value that JSON does not have"),
        ("a: !Mine b", "could not determine a constructor"),
        ("? [a, b]\n: c", "a key that is no text"),
        ("a: &a [*a]", "the alias *a holds itself"),
        ("a: *b", "undefined alias"),
        (BOMB, "its aliases make more than 1000000 values"),
        ("[" * 200 + "]" * 200, "nested more than 100 deep"),
        ('{"a":' * 3000 + "1" + "}" * 3000, "nested more than 100 deep"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested more than 100 deep"),
        (b"a: \xff", "byte 3 is not UTF-8"),
        ("a: \x07", "broken YAML"),
        ("a: '" + "x" * LIMIT + "'", "more than the 4 MiB"),
    ],
)
def test_what_cannot_be_read_is_one_error(read, text, why):
    with pytest.raises(SlipwayError) as caught:
        read(text, "f.json" if '"' in str(text)[:3] else "f.yaml")
    assert why in caught.value.why, caught.value.why
    assert caught.value.path.endswith(("f.yaml", "f.json"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SlipwayError, match="No such file"):
        manifests(tmp_path / "none.yaml")
    with pytest.raises(SlipwayError, match="Is a directory"):
        manifests(tmp_path)

"""Values on the wire and back."""

import copy

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.wire import (
    ARCHIVE,
    ASSET,
    RESOURCE,
    SIGNATURE,
    UNKNOWN,
    Secret,
    Signed,
    decode,
    encode,
    has_unknown,
    mark,
    plain,
    secret_paths,
)
from tests.counts import count

texts = st.text(st.characters(codec="utf-8"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | texts
known = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
signed = st.builds(Signed, st.sampled_from([ASSET, ARCHIVE, RESOURCE]), st.dictionaries(texts, scalars, max_size=2))
values = st.recursive(
    scalars | st.just(UNKNOWN) | signed,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4) | st.builds(Secret, inner),
    max_leaves=12,
)
examples = settings(max_examples=count(test=100, prove=1000, soak=10000), deadline=None)


@examples
@given(st.dictionaries(texts, values, max_size=4))
def test_what_is_encoded_is_decoded(document):
    wire = Struct.FromString(encode(document).SerializeToString())
    assert decode(wire) == document


@examples
@given(st.dictionaries(texts, values, max_size=4))
def test_secrets_can_be_taken_out_and_put_back(document):
    paths = secret_paths(document)
    flat = plain(document)
    assert secret_paths(flat) == set()
    assert mark(flat, paths).keys() == document.keys()
    assert secret_paths(mark(flat, paths)) == paths
    assert plain(mark(flat, paths)) == flat


@examples
@given(known)
def test_documents_without_marks_are_untouched(document):
    assert plain(document) == mark(document, set()) == document
    assert secret_paths(document) == set()
    assert not has_unknown(document)


def test_whole_numbers_are_ints_and_others_are_not():
    document = decode(encode({"whole": 3.0, "half": 0.5, "flag": True}))
    assert [type(document[key]) for key in ("whole", "half", "flag")] == [int, float, bool]


def test_unknown_is_one_object_also_when_copied():
    assert copy.deepcopy([UNKNOWN])[0] is UNKNOWN
    assert has_unknown({"a": [Secret({"b": UNKNOWN})]})
    assert has_unknown(Signed(RESOURCE, {"id": UNKNOWN}))


@pytest.mark.parametrize(
    ("fields", "meaning"),
    [
        ({"value": "v"}, "v"),
        ({"value": "v", "secret": True, "dependencies": ["urn"]}, Secret("v")),
        ({}, UNKNOWN),
        ({"secret": True}, Secret(UNKNOWN)),
    ],
)
def test_an_output_is_what_it_stands_for(fields, meaning):
    output = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"} | fields
    assert decode(encode({"o": output})) == {"o": meaning}


def test_a_secret_is_not_shown():
    assert "hunter2" not in repr({"a": [Secret("hunter2")]})


def test_a_secret_that_was_moved_takes_what_is_around_it_along():
    assert mark({"a": {"b": 1}}, {("a", "gone", "c")}) == {"a": Secret({"b": 1})}
    assert mark({"a": 1}, {("gone",)}) == {"a": 1}


def test_what_is_no_property_value_is_refused():
    with pytest.raises(TypeError, match="object is no property value"):
        encode({"a": object()})

"""What every field of a kind is: known paths, types, required ones, enums. Data with a source; nothing is drawn at run time."""

from components.serving.fields.check import FieldError, Reason, errors, errors_at
from components.serving.fields.leaves import leaves
from components.serving.fields.tables import Field, Type, fields, kinds, paths, record_of, source

__all__ = [
    "Field", "FieldError", "Reason", "Type", "errors", "errors_at", "fields", "kinds", "leaves", "paths", "record_of",
    "source",
]  # fmt: skip

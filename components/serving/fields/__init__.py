"""What every field of a kind is: its type, whether it is required, its values. Data with a source for each table."""

from components.serving.fields.check import FieldError, Reason, errors, errors_at
from components.serving.fields.leaves import leaves
from components.serving.fields.tables import Field, Type, fields, kinds, paths, record_of, source

__all__ = [
    "Field", "FieldError", "Reason", "Type", "errors", "errors_at", "fields", "kinds", "leaves", "paths", "record_of",
    "source",
]  # fmt: skip

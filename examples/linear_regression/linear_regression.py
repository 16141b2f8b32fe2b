"""How a disease goes on, from ten measurements: a model as Seldon Core 1's Python wrapper takes it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.user_model import SeldonComponent


def _refuse(why: str) -> NoReturn:
    raise SeldonMicroserviceException(why, status_code=400, reason="MICROSERVICE_BAD_DATA")


class LinearRegression(SeldonComponent):
    """Answers `predict`; the wrapper makes REST and gRPC of it."""

    def __init__(self) -> None:
        super().__init__()
        document = json.loads(Path(__file__).with_name("coefficients.json").read_text())
        self.names = list(document["coefficients"])
        self.coefficients = np.array(list(document["coefficients"].values()))
        self.intercept = document["intercept"]

    def predict(
        self,
        X: NDArray[np.float64],  # noqa: N803  as the wrapper's own signature has it
        names: Iterable[str] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> NDArray[np.float64]:
        """One number a patient, shape (n, 1).

        Args:
            X: measurements, shape (n, 10), in the order of `coefficients.json`.
            names: of the columns, where the request says them; they may then come in another order.
            meta: of the request; not read.

        Raises:
            SeldonMicroserviceException: the request does not fit, status 400.
        """
        order = list(names or self.names)
        if sorted(order) != sorted(self.names):
            _refuse(f"names must be these, in any order: {', '.join(self.names)}")
        measured = np.asarray(X, dtype=float)
        if measured.ndim != 2 or measured.shape[1] != len(order):
            _refuse(f"every patient has {len(order)} measurements")
        sorted_columns = measured[:, [order.index(name) for name in self.names]]
        return (sorted_columns @ self.coefficients + self.intercept).reshape(-1, 1).round(4)

    def class_names(self) -> list[str]:
        """Of the answer's column."""
        return ["progression"]

    def health_status(self) -> str:
        """The model is loaded: without it the process would not have started."""
        return "ready"

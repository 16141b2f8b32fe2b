"""One declaration a file; `CATALOG` lists them by name."""

from components.serving.spec import ModelDeployment
from stacks.models import house_price, iris, llama_8b

CATALOG: dict[str, ModelDeployment] = {
    declaration.name: declaration for declaration in (house_price.MODEL, iris.MODEL, llama_8b.MODEL)
}

"""What every group of parameters shares: strictness, and ranges of numbers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Count = Annotated[int, Field(ge=1, le=1_000_000)]
NonNegative = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
AutoBool = bool | Literal["auto"]
Width = Annotated[int, Field(ge=1, le=16_384)]
Widths = Annotated[list[Width], Field(min_length=1, max_length=16)]
LatentDim = Annotated[int, Field(ge=1, le=4096)]


class Group(BaseModel):
    """A group of parameters: unknown names and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def refuse_twice(group: Group, *names: str) -> None:
    """Refuse a list, by its name in the group, that holds a value more than once."""
    for name in names:
        values = getattr(group, name)
        if isinstance(values, list) and len(set(values)) < len(values):
            raise PydanticCustomError(
                "range", "{name}={values} names one twice", {"name": name, "values": str(values)}
            )

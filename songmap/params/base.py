"""What every group of parameters shares: strictness, and ranges of numbers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1, le=1_000_000)]
NonNegative = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
AutoBool = bool | Literal["auto"]
Width = Annotated[int, Field(ge=1, le=16_384)]
Widths = Annotated[list[Width], Field(min_length=1, max_length=16)]


class Group(BaseModel):
    """A group of parameters: unknown names and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

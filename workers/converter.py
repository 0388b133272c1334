"""The data converter: Pydantic's, with one cache of type adapters for the process.

Temporal makes a payload converter for every workflow instance; with a cache each, a parked workflow would keep type
adapters of its own for as long as it is cached (`benchmarks/parked.py` measures what one costs).
"""

from __future__ import annotations

from dataclasses import replace

from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, pydantic_data_converter
from temporalio.converter import CompositePayloadConverter, DefaultPayloadConverter, JSONPlainPayloadConverter

_SHARED = PydanticJSONPlainPayloadConverter()


class SharedPydanticConverter(CompositePayloadConverter):
    """Temporal's default converters, with the process's one Pydantic converter for JSON."""

    def __init__(self) -> None:
        super().__init__(
            *(
                _SHARED if isinstance(converter, JSONPlainPayloadConverter) else converter
                for converter in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )


data_converter = replace(pydantic_data_converter, payload_converter_class=SharedPydanticConverter)

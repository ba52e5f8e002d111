"""The typed payload step: mapped members cleaned, coerced and checked against an action's fields."""

from trackyard.kit.payload.compiled import Payload, compile_fields
from trackyard.kit.payload.errors import PayloadError

__all__ = ["Payload", "PayloadError", "compile_fields"]

"""The mapping language of actions, compiled."""

from trackyard.kit.mapping.compiled import Mapping, compile_mapping
from trackyard.kit.mapping.errors import MappingError, Problem
from trackyard.kit.mapping.reads import paths

__all__ = ["Mapping", "MappingError", "Problem", "compile_mapping", "paths"]

"""The mapping language of actions, compiled."""

from trackyard.kit.mapping.compiled import Mapping, compile_mapping
from trackyard.kit.mapping.errors import MappingError, Problem
from trackyard.kit.mapping.explain import MissingPath, missing_paths
from trackyard.kit.mapping.reads import paths

__all__ = ["Mapping", "MappingError", "MissingPath", "Problem", "compile_mapping", "missing_paths", "paths"]

"""The trigger languages of actions, compiled."""

from trackyard.kit.trigger.compiled import Dialect, Trigger, compile_trigger
from trackyard.kit.trigger.difference import difference
from trackyard.kit.trigger.errors import TriggerError
from trackyard.kit.trigger.explain import Clause, deciding, explain

__all__ = ["Clause", "Dialect", "Trigger", "TriggerError", "compile_trigger", "deciding", "difference", "explain"]

"""The trigger languages of actions, compiled."""

from trackyard.kit.trigger.compiled import Dialect, Trigger, compile_trigger
from trackyard.kit.trigger.errors import TriggerError

__all__ = ["Dialect", "Trigger", "TriggerError", "compile_trigger"]

"""The mapping language of actions, compiled."""

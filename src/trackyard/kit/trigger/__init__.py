"""The trigger languages of actions, compiled."""

"""What holds for every test."""

from hypothesis import settings

settings.register_profile("test", deadline=None)  # a busy machine is no slow test
settings.register_profile("verify", deadline=None, max_examples=1_000)
settings.load_profile("test")

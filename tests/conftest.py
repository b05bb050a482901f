"""How hypothesis behaves here: modest on every run, seeded in CI, long in `make campaign`; no clock judges it."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("default", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("campaign", parent=settings.get_profile("default"), max_examples=2000)
# CI draws the same examples for the same commit, so that its verdict is about the commit; others search.
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

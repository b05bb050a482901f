"""Files that a desk would have, for a convoy through the valley of `tests.cli.desks`."""

CONVOY = """
[movement]
title = "Water to the valley"
purpose = "Water for 400 families"
contact = "channel 4, call RELIEF"
half_width_km = 1.0
uncertainty_m = 100
margin_min = 30
guards = "none"
people = 6
passages = [
    { at = "31.9500 35.9200", time = 2027-03-01T06:00:00Z, name = "Depot" },
    { at = "31.9700 35.9900", time = 2027-03-01T08:00:00Z, name = "Mill bridge" },
]

[[movement.vehicle]]
kind = "truck"
count = 3
label = "R 11 to R 13"
day_marks = ["organisation_emblem", "flag"]
infrared_marks = ["infrared_beacon"]
"""
LATER = CONVOY.replace("T08:00:00Z", "T10:00:00Z").replace("count = 3", "count = 5")
WRONG = CONVOY.replace("31.9700 35.9900", "31.8900 35.9900")
"""As our own plan has it, where the notice lies nine kilometres off."""

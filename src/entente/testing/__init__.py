"""Shipped for tests and exercises: a clock and coalitions of nodes whose wire and time are in the test's hands."""

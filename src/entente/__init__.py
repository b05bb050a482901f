"""Entente: a joint coordination centre that each party runs itself."""

__version__ = "0.1.0"

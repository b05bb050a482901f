"""Entente: a joint coordination centre that each party runs itself."""

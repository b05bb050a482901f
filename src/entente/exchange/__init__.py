"""Carrying feeds between nodes: signed requests over pinned TLS, bundles as files, and the node that serves."""

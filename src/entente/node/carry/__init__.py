"""Carrying: what goes out to a peer in a bundle, and how a bundle is taken in. One code path for HTTPS and files.

    question = ask(node, agreement, peer)          # asking: what we have, what we miss
    bundle = answer(peer_node, question)           # giving: what the asker lacks and may have
    taken = take(node, bundle, nonce=...)          # taking: verified frame by frame, kept at once

STOPs have a way of their own (`stops`).
"""

from entente.node.carry.asking import BUDGET, ask, check_question
from entente.node.carry.giving import answer, write_bundle
from entente.node.carry.stops import alerts, check_stop, send_stop, stop_frame
from entente.node.carry.taking import Taken, check_exchange, take

__all__ = [
    "BUDGET",
    "Taken",
    "alerts",
    "answer",
    "ask",
    "check_exchange",
    "check_question",
    "check_stop",
    "send_stop",
    "stop_frame",
    "take",
    "write_bundle",
]

"""Authority: which office may say what (R-02, R-18). A table; an agreement may replace its rows.

Any officer on duty may send a STOP, and acknowledge one. Only the senior officer signs an agreement or lets a node
answer in his place. Whoever observes says nothing that binds.
"""

from __future__ import annotations

from collections.abc import Mapping

from entente.joint.staff import Office as O

_COMMAND = frozenset({O.SENIOR, O.DEPUTY})
_FLYING = _COMMAND | {O.AIR_OPERATIONS}
_DUTY = _FLYING | {O.INTELLIGENCE, O.PROTECTION, O.LEGAL_ADVISER, O.WATCH, O.RECORDS}

TABLE: Mapping[str, frozenset[str]] = {
    "keys.certify": frozenset({O.ROOT}),
    "keys.root": frozenset({O.ROOT}),
    "keys.revoke": frozenset({O.ROOT, O.SENIOR}),
    "staff.enrol": frozenset({O.ROOT, O.SENIOR}),
    "staff.appoint": frozenset({O.ROOT, O.SENIOR}),
    "staff.relieve": frozenset({O.ROOT, O.SENIOR}),
    "agreement.sign": frozenset({O.SENIOR}),
    "operation.propose": _FLYING,
    "operation.change": _FLYING,
    "operation.withdraw": _FLYING,
    "operation.activate": _FLYING,
    "operation.deviate": _FLYING | {O.WATCH},
    "operation.end": _FLYING | {O.WATCH},
    "operation.lapse": _FLYING,
    "decision.give": _FLYING,
    "dissent.give": _DUTY,
    "standing_decision.give": frozenset({O.SENIOR}),
    "standing_decision.revoke": _COMMAND,
    "stop.send": _DUTY,
    "stop.acknowledge": _DUTY,
    "stop.lift": _COMMAND | {O.WATCH},
    "sites.notify": _COMMAND | {O.PROTECTION},
    "sites.acknowledge": _FLYING | {O.PROTECTION, O.WATCH},
    "release.terms": _FLYING | {O.PROTECTION},
    "release.acknowledge": _FLYING | {O.PROTECTION, O.WATCH},
    "release.withdraw": _FLYING | {O.PROTECTION, O.WATCH},
    "release.onward": _COMMAND | {O.PROTECTION},
    "movement.notify": _COMMAND | {O.PROTECTION},
    "movement.amend": _COMMAND | {O.PROTECTION},
    "movement.acknowledge": _FLYING | {O.PROTECTION, O.WATCH},
    "movement.report": _DUTY,
    "movement.end": _COMMAND | {O.PROTECTION},
    "ladder.read_back": _FLYING | {O.PROTECTION, O.WATCH},
    "ladder.relay": _FLYING | {O.PROTECTION, O.WATCH},
    "ladder.load": _FLYING | {O.PROTECTION, O.WATCH},
    "dispute.give": _FLYING | {O.PROTECTION, O.WATCH},
    "dispute.end": _FLYING | {O.PROTECTION, O.WATCH},
    "fork.report": _DUTY,
    "epoch.open": frozenset({O.ROOT}),
    "record.acknowledge": frozenset({O.RECORDS}),
    "record.reanchor": _COMMAND | {O.RECORDS},
    "record.witnessed": frozenset({O.RECORDS}),
    "release.grant": _FLYING | {O.PROTECTION},
}


def offices(verb: str, replaced: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the offices that may say `verb` under an agreement that replaces some rows."""
    return replaced.get(verb, TABLE.get(verb, frozenset()))

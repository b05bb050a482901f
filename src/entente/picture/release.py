"""Release of findings: a finding goes only where **every** input it rests on may go (DESIGN, principle 5).

What a reader may not see leaves as "contact us", without content.
"""

from __future__ import annotations

from collections.abc import Callable

from entente.ids import PartyId
from entente.joint.screening import Against, Finding

Knows = Callable[[Against, str, PartyId], bool]
"""Whether a reader holds an input because it is the reader's own, or because we released it to the reader ourselves."""


def may_see(finding: Finding, reader: PartyId, knows: Knows) -> bool:
    """Whether a finding may be released to a reader. What a third party released to us is not ours to pass on."""
    return all(knows(item.kind, item.id, reader) for item in finding.inputs)

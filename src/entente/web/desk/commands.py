"""What a desk, or whoever takes its notices in, says at a page: commands beside those of `entente.web.shapes`.

One command may take several statements, terms and a notice for each recipient: they are drafted, signed and kept at
once. Where that is more than can be signed at once, its draft says that `more` follow, and it is drafted again. What
has been said already is not said twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from entente.joint.disputes import Reason
from entente.joint.movements import How, Why
from entente.joint.releases import Limit, Purpose
from entente.joint.releases import Why as ReleaseEnds
from entente.web.desk.shapes import Entered, JourneyForm
from entente.web.shapes import Say


class IssueList(Say, frozen=True, kw_only=True, tag_field="say", tag="issue_list"):
    """Issue places of the register as a list to parties with a node: whole at first, then what differs.

    Without any of `purpose`, `limits`, `words`, `until` and `consent` the terms that stand go on.
    """

    name: str
    to: list[str]
    precision_m: float
    conditions: list[str] = []
    keep: list[str] = []
    purpose: Purpose | None = None
    limits: list[Limit] | None = None
    words: str = ""
    start: datetime | None = None
    until: datetime | None = None
    consent: str = ""
    emergency: bool = False


class NotifyMovement(Say, frozen=True, kw_only=True, tag_field="say", tag="notify_movement"):
    """Notify a movement; each recipient gets a copy of its own under NAME-PARTY. `purpose` goes to the whole circle."""

    name: str
    to: list[str]
    precision_m: float
    purpose: str
    journey: JourneyForm
    keep: list[str] = []
    emergency: bool = False
    limits: list[Limit] | None = None
    start: datetime | None = None
    until: datetime | None = None
    consent: str = ""


class AmendMovement(Say, frozen=True, kw_only=True, tag_field="say", tag="amend_movement"):
    """A new version of a movement of ours, in all of its copies; what was said of the old one is stale."""

    name: str
    purpose: str
    journey: JourneyForm
    emergency: bool = False


class ReportMovement(Say, frozen=True, kw_only=True, tag_field="say", tag="report_movement"):
    """Say how a movement fared, when and by whom; `subject` is one copy, `at` when."""

    subject: str
    how: How
    by: str
    at: datetime
    until: datetime | None = None
    note: str = ""


class EndMovement(Say, frozen=True, kw_only=True, tag_field="say", tag="end_movement"):
    """End a movement of ours, in all of its copies."""

    name: str
    why: Why


class WithdrawRelease(Say, frozen=True, kw_only=True, tag_field="say", tag="withdraw_release"):
    """Withdraw what we released of a list or a movement, from those named; of a list, these sites alone if any are.

    Nothing more is sent. What was sent stays sent, and places stay protected.
    """

    subject: str
    to: list[str]
    why: ReleaseEnds
    sites: list[str] = []


class ConsentOnward(Say, frozen=True, kw_only=True, tag_field="say", tag="consent_onward"):
    """Consent that `by`, who holds a list or a movement of ours, passes it on to another party until a time."""

    subject: str
    by: str
    to: str
    until: datetime


class PassOn(Say, frozen=True, kw_only=True, tag_field="say", tag="pass_on"):
    """Pass on what another released to us, as its originator consented: in our name, coarser still, on its terms."""

    subject: str
    name: str
    to: list[str]
    precision_m: float
    limits: list[Limit] | None = None
    start: datetime | None = None
    until: datetime | None = None
    emergency: bool = False


class ReadBack(Say, frozen=True, kw_only=True, tag_field="say", tag="read_back"):
    """Say what was entered again of a notice, which `leaf` names, place by place."""

    subject: str
    leaf: str
    places: list[Entered]


class Relay(Say, frozen=True, kw_only=True, tag_field="say", tag="relay"):
    """Say that a notice was relayed to a unit, or that the unit has loaded it."""

    subject: str
    leaf: str
    unit: str
    step: Literal["relayed", "loaded"]


class Dispute(Say, frozen=True, kw_only=True, tag_field="say", tag="dispute"):
    """Say on the record that a listing is wrong; the place stays protected, marked as disputed."""

    subject: str
    leaf: str
    site: str
    reason: Reason
    note: str = ""


class EndDispute(Say, frozen=True, kw_only=True, tag_field="say", tag="end_dispute"):
    """End our dispute about a listing."""

    subject: str
    site: str


DeskCommand = (
    IssueList
    | NotifyMovement
    | AmendMovement
    | ReportMovement
    | EndMovement
    | WithdrawRelease
    | ConsentOnward
    | PassOn
    | ReadBack
    | Relay
    | Dispute
    | EndDispute
)

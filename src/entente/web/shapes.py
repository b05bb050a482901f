"""What the centre's API takes and gives: its types, from which docs/reference/openapi.json is made.

Positions are ``[longitude, latitude]`` [degrees, WGS84], as GeoJSON has them; lengths are metres; times are ISO 8601
in UTC. Outlines are closed rings, made for drawing: the exact shape stands beside them, and only that is screened.
What stands in ``text`` fields is ready to be read by a person; what stands in ``code`` fields never changes its word.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from entente.errors import Malformed
from entente.joint.decisions import Answer
from entente.joint.line import Reason
from entente.joint.plan import Crew, Kind, LinkKind
from entente.picture.board import ListRow, OperationRow, ReleaseRow, StopRow
from entente.picture.movements import MovementRow

Point = tuple[float, float]
Ring = list[Point]
T = TypeVar("T")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answers."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the API is asked; a field that nobody knows is refused, so that a slip is never a wish without its limit."""


class Problem(Told, frozen=True, kw_only=True):
    """An error (RFC 9457): `code` is stable, `detail` says what happened and what helps.

    `text` says it in the language that the request accepts; `whole` is false where it says less than `detail`.
    """

    title: str
    status: int
    code: str
    detail: str
    text: str
    whole: bool


# -- sessions ----------------------------------------------------------------------------------------------------------


class Redeem(Asked, frozen=True, kw_only=True):
    """A one-time link's token, which stands behind the # of its address and is sent by nothing but this."""

    token: str


class May(Told, frozen=True, kw_only=True):
    """A verb that this officer may say, and in which of his offices."""

    verb: str
    offices: tuple[str, ...]


class CircleView(Told, frozen=True, kw_only=True):
    """A circle of an agreement that this party is in."""

    id: str
    deciders: tuple[str, ...]
    readers: tuple[str, ...]


class PartyView(Told, frozen=True, kw_only=True):
    """A party of an agreement."""

    id: str
    name: str
    flies: bool


class AgreementView(Told, frozen=True, kw_only=True):
    """An agreement as this officer stands in it: the offices he holds now, and what he may say in them."""

    id: str
    title: str
    mode: str
    state: str
    exercise: bool
    passkeys: bool
    parties: tuple[PartyView, ...]
    circles: tuple[CircleView, ...]
    areas: tuple[str, ...]
    offices: tuple[str, ...]
    may: tuple[May, ...]


class Session(Told, frozen=True, kw_only=True):
    """Who sits at this page. `ends_at` by the machine's clock; `now` is the node's own time, which exercises shift.

    `map` says what a map of the node's own is made of, given at `/api/map`: `vector` or `picture`; empty without one.
    """

    party: str
    title: str
    officer: str
    fingerprint: str
    exercise: bool
    map: str
    now: datetime
    ends_at: datetime
    idle_s: int
    languages: tuple[str, ...]
    agreements: tuple[AgreementView, ...]


# -- shapes on the map -------------------------------------------------------------------------------------------------


class CircleShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="circle"):
    """All within `radius_m` [m] of `centre`."""

    centre: Point
    radius_m: float


class PolygonShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="polygon"):
    """A ring, not closed, less its holes."""

    ring: Ring
    holes: list[Ring] = []


class CorridorShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="corridor"):
    """All within `half_width_m` [m] of a path."""

    path: list[Point]
    half_width_m: float


AnyShape = CircleShape | PolygonShape | CorridorShape


class VolumeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shape, a band of altitude as people write it (``GND-5000 ft AMSL``, ``FL080-FL100``), and a time."""

    shape: AnyShape
    altitude: str
    start: datetime
    end: datetime


class LinkForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A timing link to another operation."""

    kind: LinkKind
    other: str
    seconds: int


class PlanForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan as a form holds it: what is asked, and what is told of plans that were released to us."""

    title: str
    kind: Kind
    crew: Crew
    volumes: list[VolumeForm]
    callsign: str = ""
    note: str = ""
    links: list[LinkForm] = []


class BandView(Told, frozen=True, kw_only=True):
    """A band of altitude as it is written, and as numbers to draw by, each with what it is measured from.

    `lower` and `upper` are `AMSL`, `AGL`, `FL` or `WGS84`; numbers of unlike references stand on no common scale.
    """

    text: str
    lower_m: float
    lower: str
    upper_m: float
    upper: str


class DrawnVolume(Told, frozen=True, kw_only=True):
    """A volume to draw: closed rings, the first of them outside, its band, and the line it follows.

    `path` is a corridor's, or a circle's centre; a polygon follows none. `reach_m` [m] is kept to each side of it.
    """

    rings: list[Ring]
    altitude: str
    band: BandView
    path: tuple[Point, ...]
    reach_m: float
    start: datetime
    end: datetime


# -- the picture -------------------------------------------------------------------------------------------------------


class OperationView(Told, frozen=True, kw_only=True):
    """An operation. `plan` and `drawn` are absent where it was not released to us, or not opened: `sealed` says so."""

    agreement: str
    row: OperationRow
    sealed: bool
    callsign: str
    words: str
    drawn: tuple[DrawnVolume, ...]
    links: tuple[LinkForm, ...]


class AreaView(Told, frozen=True, kw_only=True):
    """A designated area of an agreement in force. Without a `band` it reaches from the ground up without end."""

    id: str
    agreement: str
    title: str
    area_class: str
    drawn: tuple[list[Ring], ...]
    altitude: str
    band: BandView | None
    start: datetime | None
    end: datetime | None
    exempt: tuple[str, ...]


class SiteView(Told, frozen=True, kw_only=True):
    """A protected site as we were given it. `buffer_m` [m] is kept from its position, its uncertainty included.

    `above_m` [m] is kept above the ground over it.
    `protected` is false only once its originator has ended it; expired and withdrawn ones are protected all the same.
    """

    list: str
    id: str
    name: str
    category: str
    position: Point | None
    uncertainty_m: float
    buffer_m: float
    above_m: float
    rings: tuple[Ring, ...]
    protected: bool
    expired: bool
    withdrawn: bool
    disputed: bool
    district: str
    country: str
    expires_at: datetime | None
    note: str


class MovementView(Told, frozen=True, kw_only=True):
    """A humanitarian movement. `drawn` is empty where its journey was not released to us, or not opened."""

    agreement: str
    row: MovementRow
    sealed: bool
    drawn: tuple[DrawnVolume, ...]


class ListView(Told, frozen=True, kw_only=True):
    """A list of sites, the terms on which it is held, and whether it has yet to be opened."""

    agreement: str
    row: ListRow
    sealed: bool
    released: tuple[ReleaseRow, ...]


class StopView(Told, frozen=True, kw_only=True):
    """A STOP. `ahead`: its frame has come and its entry has not."""

    agreement: str
    circle: str
    row: StopRow
    ahead: bool


class FindingView(Told, frozen=True, kw_only=True):
    """One finding, by the party whose node made it.

    Where `shown` is false it rests on something that we may not see: then `text` says whom to ask, and nothing else.
    """

    by: str
    shown: bool
    about: str
    text: str
    marks: str
    plan: str
    other: str
    other_title: str
    place: Point | None
    start: datetime | None
    end: datetime | None


class Picture(Told, frozen=True, kw_only=True):
    """Everything on the map. `cursor` is where the stream of news stood when it was drawn.

    With `at` in the past, everything stands as its author had said by then, by his own clock, and so it stood from
    `since` until `until`: between those nobody said anything. `limits` says so in words, and what else a reader must
    know.
    """

    cursor: str
    at: datetime
    now: datetime
    since: datetime | None
    until: datetime | None
    exercise: bool
    operations: tuple[OperationView, ...]
    areas: tuple[AreaView, ...]
    sites: tuple[SiteView, ...]
    lists: tuple[ListView, ...]
    movements: tuple[MovementView, ...]
    stops: tuple[StopView, ...]
    notices: tuple[str, ...]
    sentences: tuple[str, ...]
    limits: tuple[str, ...]


class Findings(Told, frozen=True, kw_only=True):
    """What our own node finds now in all that it holds, each pair once."""

    cursor: str
    findings: tuple[FindingView, ...]
    unscreened: int
    sentences: tuple[str, ...]


class Entry(Told, frozen=True, kw_only=True):
    """One line of the timeline or the record: who said what, when by his own clock, and where it stands.

    Of an entry that is closed to us `at` is what its leaf says: rounded to the feed's cadence.
    `words` tell the verb, and `judged` the verdict, in the reader's language.
    """

    agreement: str
    circle: str
    origin: str
    seq: int
    leaf: str
    at: datetime
    party: str
    by: str
    office: str
    verb: str
    words: str
    subject: str
    verdict: str
    judged: str
    sent: tuple[str, ...]
    mirrored: tuple[str, ...]
    cosigned: tuple[str, ...]
    witnessed: bool


class Entries(Told, frozen=True, kw_only=True):
    """Entries, oldest first; `older` says whether there are some before them."""

    entries: tuple[Entry, ...]
    older: bool


class Part(Told, frozen=True, kw_only=True):
    """A detail of an entry: its commitment, whether it is held here, and whom we granted it to, where it is ours."""

    name: str
    commitment: str
    held: bool
    released_to: tuple[str, ...]


class Heard(Told, frozen=True, kw_only=True):
    """A party's first acknowledgement that covers an entry: when, by its own clock, and where that stands."""

    party: str
    at: datetime
    origin: str
    seq: int


class Saw(Told, frozen=True, kw_only=True):
    """How many entries of a feed a signer's node had folded when the words were drawn up."""

    origin: str
    size: int


class Signed(Told, frozen=True, kw_only=True):
    """Who signed an entry's words, with which key, in which language; `shown` is that text where it is held here."""

    officer: str
    office: str
    key: str
    suite: str
    language: str
    catalogue: str
    expires: str
    shown: str
    saw: tuple[Saw, ...]


class EntryStory(Told, frozen=True, kw_only=True):
    """One entry's story. `head` is how many entries of its feed are held under a signed head.

    `reading` tells the statement anew in the reader's language, from the act alone; empty where the act is not held, or
    not known here. `final`: every signatory besides its author has acknowledged it, or the witness has cosigned it.
    """

    entry: Entry
    head: int
    parts: tuple[Part, ...]
    heard: tuple[Heard, ...]
    signed: Signed | None
    reading: str
    final: bool


class Proof(Told, frozen=True, kw_only=True):
    """What a disclosure of one entry would prove, for this page to verify by itself: the file, in base64.

    `agreement` is the hash that everything in it leads to, and that the parties know.
    """

    agreement: str
    file: str


class Disclose(Asked, frozen=True, kw_only=True):
    """Which details of an entry are opened besides its act, to whom it goes and why; what is another's needs one."""

    details: list[str] = []
    to: str = ""
    reason: str = ""


class Disclosed(Told, frozen=True, kw_only=True):
    """A disclosure, noted in the party's own record: its bytes in base64, and what is in it."""

    name: str
    file: str
    sha256: str
    entries: int
    supporting: int
    details: int


class Item(Told, frozen=True, kw_only=True):
    """What waits for somebody here. `code` says what kind it is, `urgent` that it cannot wait and is heard.

    `says` are the verbs that answer it; `mine` is true when one of this officer's offices may say one of them.
    """

    code: Literal[
        "fork", "link", "recovery", "stop", "stop_ahead", "unreadable", "read_back", "answer", "open",
        "acknowledge_list", "acknowledge_movement", "climb", "objected", "held_up", "unacknowledged", "not_loaded",
        "dissent", "dispute", "due", "staged",
    ]  # fmt: skip
    urgent: bool
    agreement: str
    circle: str
    subject: str
    leaf: str
    text: str
    since: datetime | None
    due: datetime | None
    overdue: bool
    says: tuple[str, ...]
    mine: bool


class Inbox(Told, frozen=True, kw_only=True):
    """What waits, in the order in which it is to be looked at: what cannot wait, then by deadline."""

    cursor: str
    now: datetime
    items: tuple[Item, ...]


class LinkView(Told, frozen=True, kw_only=True):
    """A link to a peer: whether it is up, and in words since when."""

    agreement: str
    peer: str
    up: bool | None
    text: str


class Links(Told, frozen=True, kw_only=True):
    """Every link, and the peers that must answer before this node may speak again, by agreement."""

    links: tuple[LinkView, ...]
    waiting_for: dict[str, tuple[str, ...]]


class Difference(Told, frozen=True, kw_only=True):
    """What changed from one version to the next, in words."""

    what: str
    old: str
    new: str


class VersionView(Told, frozen=True, kw_only=True):
    """A version of an operation, and what differs from the one before, as far as both plans are held and opened."""

    number: int
    leaf: str
    at: datetime
    start: datetime
    end: datetime
    areas: tuple[str, ...]
    proxy_for: str
    plan: PlanForm | None
    differences: tuple[Difference, ...]


class Remark(Told, frozen=True, kw_only=True):
    """An answer or a dissent, in whose words, and the findings that go with it as far as they were released to us.

    `hidden` counts those that were not.
    """

    code: Literal["answer", "dissent"]
    party: str
    officer: str
    office: str
    at: datetime
    version: str
    answer: str
    note: str
    findings: tuple[FindingView, ...]
    hidden: int


class Holding(Told, frozen=True, kw_only=True):
    """How far the latest version has come with another party."""

    party: str
    sent: bool
    mirrored: bool
    cosigned: bool


class OperationDetail(Told, frozen=True, kw_only=True):
    """One operation with all of its versions, what everyone said of it, and both sides' findings."""

    operation: OperationView
    versions: tuple[VersionView, ...]
    remarks: tuple[Remark, ...]
    findings: tuple[FindingView, ...]
    holdings: tuple[Holding, ...]
    released_to: tuple[str, ...]
    notices: tuple[str, ...]
    sentences: tuple[str, ...]


class ListDetail(Told, frozen=True, kw_only=True):
    """One list's sites, a page at a time."""

    list: ListView
    sites: tuple[SiteView, ...]
    page: int
    pages: int
    notices: tuple[str, ...]
    sentences: tuple[str, ...]


class Spelt(Told, frozen=True, kw_only=True):
    """A position in three spellings; `within_m` [m] is what its last digit leaves open."""

    position: Point
    decimal: str
    dms: str
    mgrs: str
    within_m: float


class Hit(Told, frozen=True, kw_only=True):
    """Something that a search found."""

    code: Literal["position", "operation", "site", "area", "list", "movement"]
    agreement: str
    subject: str
    text: str
    position: Point | None


class Hits(Told, frozen=True, kw_only=True):
    """At most fifty."""

    hits: tuple[Hit, ...]


# -- saying ------------------------------------------------------------------------------------------------------------


class Say(Asked, frozen=True, kw_only=True):
    """What every command has: the agreement, the circle where the subject leaves it open, and in which office."""

    agreement: str
    circle: str = ""
    office: str = ""
    language: str = "en"


class Propose(Say, frozen=True, kw_only=True, tag_field="say", tag="propose"):
    """Propose an operation; its plan goes to the parties in `to`, and to nobody else."""

    name: str
    plan: PlanForm
    to: list[str]
    areas: list[str] = []
    proxy_for: str = ""


class Change(Say, frozen=True, kw_only=True, tag_field="say", tag="change"):
    """A new version of an operation of ours, made from the version `leaf`; it voids every answer."""

    subject: str
    leaf: str
    plan: PlanForm
    to: list[str]
    areas: list[str] = []
    proxy_for: str = ""


class Withdraw(Say, frozen=True, kw_only=True, tag_field="say", tag="withdraw"):
    """Withdraw a planned operation, at the version `leaf`."""

    subject: str
    leaf: str


class Activate(Say, frozen=True, kw_only=True, tag_field="say", tag="activate"):
    """Activate the version `leaf`; `threat` declares an imminent threat where nothing covers it."""

    subject: str
    leaf: str
    threat: str = ""


class End(Say, frozen=True, kw_only=True, tag_field="say", tag="end"):
    """End an active operation, at the version `leaf`."""

    subject: str
    leaf: str


class Deviate(Say, frozen=True, kw_only=True, tag_field="say", tag="deviate"):
    """Report that an active operation does not keep to its plan."""

    subject: str
    leaf: str
    how: Literal["nonconforming", "contingent"]


class Decide(Say, frozen=True, kw_only=True, tag_field="say", tag="decide"):
    """Answer another's operation, at the version `leaf` that was looked at."""

    subject: str
    leaf: str
    answer: Answer
    note: str = ""
    despite: str = ""


class Dissent(Say, frozen=True, kw_only=True, tag_field="say", tag="dissent"):
    """Attach a doubt to an operation's version, a list's issue or a movement's version, which `leaf` names."""

    subject: str
    leaf: str
    note: str


class Stop(Say, frozen=True, kw_only=True, tag_field="say", tag="stop"):
    """STOP: one operation, or everything in the circle."""

    reason: Reason
    operation: str = ""
    note: str = ""


class AcknowledgeStop(Say, frozen=True, kw_only=True, tag_field="say", tag="acknowledge_stop"):
    """Acknowledge another's STOP."""

    subject: str


class LiftStop(Say, frozen=True, kw_only=True, tag_field="say", tag="lift_stop"):
    """Lift a STOP of ours."""

    subject: str


class OpenTerms(Say, frozen=True, kw_only=True, tag_field="say", tag="open_terms"):
    """Acknowledge the terms on which we hold an item; only then is it shown."""

    subject: str


class AcknowledgeList(Say, frozen=True, kw_only=True, tag_field="say", tag="acknowledge_list"):
    """Acknowledge a list's issue, which `leaf` names: we hold it."""

    subject: str
    leaf: str


class AcknowledgeMovement(Say, frozen=True, kw_only=True, tag_field="say", tag="acknowledge_movement"):
    """Acknowledge a movement's version, which `leaf` names: we hold it."""

    subject: str
    leaf: str


AnyCommand = (
    Propose
    | Change
    | Withdraw
    | Activate
    | End
    | Deviate
    | Decide
    | Dissent
    | Stop
    | AcknowledgeStop
    | LiftStop
    | OpenTerms
    | AcknowledgeList
    | AcknowledgeMovement
)


class StatementView(Told, frozen=True, kw_only=True):
    """One of what is signed: exactly its bytes, in base64, and what the signer must have before his eyes.

    What is signed is DSSE's pre-authentication encoding of `statement` as `kind`. Of a statement SHA-256 of `text`
    stands in it as `signer.shown`; a paper's text is its bytes told a field a line.
    """

    verb: str
    subject: str
    statement: str
    kind: str
    text: str
    language: str
    catalogue: str
    findings: tuple[FindingView, ...]
    undisclosed: int
    differences: tuple[Difference, ...]
    released: dict[str, tuple[str, ...]]
    holdings: tuple[Holding, ...]


class DraftView(Told, frozen=True, kw_only=True):
    """What an officer is to sign at once: one statement or several, all of which are kept, or none.

    In suite E1 each is signed by itself, with ML-DSA-65's context `context`. In W1 the passkey `credential`, in base64,
    is asked once: for SHA-256 of the encoding of the only statement, or of the sheet that lists them in this order
    (SIGN-20). It can be said until `expires`, once. With `more` the same command is drafted again once this is said.
    """

    id: str
    officer: str
    office: str
    suite: str
    context: str
    credential: str
    expires: datetime
    statements: tuple[StatementView, ...]
    more: bool = False


class Signature(Asked, frozen=True, kw_only=True):
    """A signature in a draft's `suite`, in base64: E1 has both halves, W1 a passkey's three parts.

    Where one touch signed several, each says in `sheet` which of them it is, and the path to the root (SIGN-22).
    """

    ed25519: str = ""
    mldsa65: str = ""
    authenticator_data: str = ""
    client_data: str = ""
    signature: str = ""
    sheet: str = ""

    def parts(self) -> dict[str, str]:
        """Return it as acts hold it: what is not there is left out."""
        return {name: text for name, text in msgspec.structs.asdict(self).items() if text}


class Signatures(Asked, frozen=True, kw_only=True):
    """The signatures over a draft, one for each of its statements, in their order."""

    signatures: list[Signature]


def paired(drafted: Sequence[T], signatures: Sequence[Signature]) -> list[tuple[T, dict[str, str]]]:
    """Return what was drafted, each with its signature as acts hold it.

    Raises:
        Malformed: `request.signatures`, unless there is one for each.
    """
    if len(signatures) != len(drafted):
        raise Malformed("request.signatures", f"{len(drafted)} are to be signed, and {len(signatures)} signatures came")
    return [(one, signature.parts()) for one, signature in zip(drafted, signatures, strict=True)]


class Receipt(Told, frozen=True, kw_only=True):
    """Where a statement came to stand; it is on the node's disk."""

    origin: str
    seq: int
    leaf: str
    at: datetime
    subject: str


class Receipts(Told, frozen=True, kw_only=True):
    """Where the statements of a draft came to stand, in their order."""

    receipts: tuple[Receipt, ...]


# -- screening ---------------------------------------------------------------------------------------------------------


class Screen(Asked, frozen=True, kw_only=True):
    """A plan to screen: `subject` is its operation when it is a change of one of ours, which is not held against it."""

    agreement: str
    plan: PlanForm
    subject: str = ""
    ways: bool = False


class WayView(Told, frozen=True, kw_only=True):
    """A way out: the smallest shift of its kind, and the plan so moved."""

    text: str
    later_s: int
    higher_m: float
    plan: PlanForm


class Screened(Told, frozen=True, kw_only=True):
    """What was found, against how much of what; nothing of it is kept."""

    findings: tuple[FindingView, ...]
    compared: dict[str, int]
    undisclosed: int
    ways: tuple[WayView, ...]
    said: tuple[str, ...]
    drawn: tuple[DrawnVolume, ...]
    sentences: tuple[str, ...]

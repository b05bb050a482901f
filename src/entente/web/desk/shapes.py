"""What the desk's part of the API takes and gives; as `entente.web.shapes`, with the same conventions.

What of the register stands here is the desk's own, exact positions included: it is told to nobody whose office may not
notify sites, and none of it ever stands in an answer to anybody else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from entente.joint.journey import Guards, VehicleKind
from entente.joint.ladder import Rung
from entente.joint.protected_sites import Category, DayMark, InfraredMark
from entente.joint.releases import Limit, Purpose
from entente.node.register import Reviewed
from entente.picture.board import ReleaseRow
from entente.picture.recipients import Format, Language
from entente.web.shapes import Asked, Difference, MovementView, Point, Told

# -- the register ------------------------------------------------------------------------------------------------------


class FlagView(Told, frozen=True, kw_only=True):
    """A flag on a row: its code, what of it, and in which column."""

    code: str
    detail: str
    column: str


class FlagCount(Told, frozen=True, kw_only=True):
    """How many rows have a flag, the first of them by number, and what the flag means."""

    code: str
    text: str
    count: int
    first: tuple[int, ...]


class PlaceRow(Told, frozen=True, kw_only=True):
    """A place of the register. `row` is its row in the last list that had it, `listed` whether the newest one has."""

    list: str
    id: str
    name: str
    category: str
    row: int
    position: Point | None
    uncertainty_m: float
    settlement: str
    district: str
    country: str
    listed: bool
    ended: bool
    merged_into: str
    expires_at: datetime | None
    flags: tuple[FlagView, ...]


class ListCount(Told, frozen=True, kw_only=True):
    """A list of the register; `waits` when a newer edition was read and is not accepted yet."""

    name: str
    places: int
    waits: bool


class RegisterPage(Told, frozen=True, kw_only=True):
    """A page of the places that were asked for, and what there is to choose from."""

    lists: tuple[ListCount, ...]
    flags: tuple[FlagCount, ...]
    districts: tuple[str, ...]
    places: tuple[PlaceRow, ...]
    total: int
    page: int
    pages: int


class PlaceEvent(Told, frozen=True, kw_only=True):
    """What happened to a place, when and through whom; `file` is empty when the desk did it itself."""

    at: datetime
    by: str
    kind: str
    file: str
    place: str
    changes: tuple[Difference, ...]


class PlaceDetail(Told, frozen=True, kw_only=True):
    """One place with its position in three spellings and as its list wrote it, and its whole history."""

    place: PlaceRow
    decimal: str
    dms: str
    mgrs: str
    written: str
    source: str
    verified: str
    note: str
    history: tuple[PlaceEvent, ...]


class EntryView(Told, frozen=True, kw_only=True):
    """One of two entries that are perhaps one place: as the register holds it, or as another party gave it to us.

    `key` names it in a review; `holder` is the party whose entry it is, `given` the id that its list gave it.
    """

    key: str
    holder: str
    mine: bool
    list: str
    id: str
    given: str
    name: str
    category: str
    decimal: str
    mgrs: str
    written: str
    uncertainty_m: float
    settlement: str
    district: str
    country: str
    source: str
    grade: str
    method: str
    verifier: str
    confirmed_at: datetime | None
    confirmed_by: str
    expires_at: datetime | None
    consent: str
    ended: bool


class PairView(Told, frozen=True, kw_only=True):
    """Two entries beside each other: how far apart, how alike in name (0 to 1), where they differ, and what somebody
    found who looked; `found` is empty while nobody has, or since one of them says something else."""

    one: EntryView
    other: EntryView
    apart_m: float | None
    like: float
    differs: tuple[str, ...]
    found: str
    found_by: str
    found_at: datetime | None


class Pairs(Told, frozen=True, kw_only=True):
    """A page of the pairs that are perhaps one place: those that nobody has looked at first."""

    pairs: tuple[PairView, ...]
    open: int
    total: int
    page: int
    pages: int


class ReviewPair(Asked, frozen=True, kw_only=True):
    """What somebody found who looked at two entries. One place of two lists of ours: `kept` is the key that goes on."""

    one: str
    other: str
    found: Reviewed
    kept: str = ""


# -- lists in ----------------------------------------------------------------------------------------------------------


class Upload(Asked, frozen=True, kw_only=True):
    """A file to read into a list: its name, which tells its kind, and its bytes in base64.

    `columns` names which column holds a field (field: title); `source`, `datum`, `country`, `district` and `category`
    are what holds for all rows where the list says nothing.
    """

    file: str
    data: str
    list: str = "places"
    sheet: str = ""
    encoding: str = ""
    columns: dict[str, str] = {}
    source: str = ""
    datum: str = ""
    country: str = ""
    district: str = ""
    category: str = ""


class ColumnsView(Told, frozen=True, kw_only=True):
    """The columns of a sheet, which of them were recognised (field: title), and what fields there are."""

    labels: tuple[str, ...]
    found: dict[str, str]
    fields: tuple[str, ...]


class RefusedView(Told, frozen=True, kw_only=True):
    """A row that names nothing, and why it is refused."""

    row: int
    why: str


class Option(Told, frozen=True, kw_only=True):
    """A place that a row in doubt may be, and how much speaks for it."""

    id: str
    name: str
    points: float


class OutcomeView(Told, frozen=True, kw_only=True):
    """What taking a list would do to one place, or with one row."""

    kind: str
    row: int | None
    id: str
    name: str
    moved_m: float | None
    changes: tuple[Difference, ...]
    options: tuple[Option, ...]
    flags: tuple[FlagView, ...]


class StagedView(Told, frozen=True, kw_only=True):
    """A list as it was read, a page of what taking it would do: nothing was taken yet.

    `waits` is false when nothing in it differs from the register, so that there is nothing to accept.
    """

    list: str
    file: str
    sha256: str
    rows: int
    by: str
    at: datetime
    columns: dict[str, str]
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    refused: tuple[RefusedView, ...]
    flags: tuple[FlagCount, ...]
    counts: dict[str, int]
    waits: bool
    kind: str
    outcomes: tuple[OutcomeView, ...]
    page: int
    pages: int


class Accept(Asked, frozen=True, kw_only=True):
    """Take the list that was shown, which `sha256` names: for rows in doubt, which place each is, or that it is new."""

    sha256: str
    same: dict[str, str] = {}
    new: list[int] = []
    rest_new: bool = False


class Taken(Told, frozen=True, kw_only=True):
    """What was taken into the register."""

    list: str
    file: str
    rows: int
    counts: dict[str, int]


class EndPlaces(Asked, frozen=True, kw_only=True):
    """Places that need protection no longer, or, with `again`, that do after all."""

    places: list[str]
    again: bool = False


class MergePlaces(Asked, frozen=True, kw_only=True):
    """Two entries that are one place; the first keeps its id."""

    kept: str
    other: str


# -- recipients, previews, packages ------------------------------------------------------------------------------------


class RecipientView(Told, frozen=True, kw_only=True):
    """What a recipient without a node is given, and the last package that it was sent."""

    name: str
    title: str
    formats: tuple[Format, ...]
    precision_m: int
    purpose: Purpose
    limits: tuple[Limit, ...]
    words: str
    consent: str
    start: str
    until: str
    language: Language
    channel: str
    acknowledges: str
    lists: tuple[str, ...]
    categories: tuple[Category, ...]
    countries: tuple[str, ...]
    districts: tuple[str, ...]
    left_out: tuple[str, ...]
    keep: tuple[str, ...]
    last: int
    last_at: datetime | None


class Recipients(Told, frozen=True, kw_only=True):
    """Every recipient without a node."""

    recipients: tuple[RecipientView, ...]


class PreviewAsk(Asked, frozen=True, kw_only=True):
    """For whom a preview is wanted, of which places of the register; or of `passing`, another's list.

    `precision_m` [m] and what follows `page` are for parties with a node, as in `IssueList`.
    """

    to: list[str]
    name: str = "places"
    conditions: list[str] = []
    precision_m: float = 500.0
    full: bool = False
    page: int = 1
    agreement: str = ""
    passing: str = ""
    purpose: Purpose | None = None
    limits: list[Limit] | None = None
    start: datetime | None = None
    until: datetime | None = None
    consent: str = ""
    emergency: bool = False


class PreviewRow(Told, frozen=True, kw_only=True):
    """A row as its recipient would get it."""

    number: int
    change: str
    list: str
    id: str
    name: str
    category: str
    decimal: str
    mgrs: str
    uncertainty_m: float
    where: str
    told: str


class PreviewView(Told, frozen=True, kw_only=True):
    """Exactly what one recipient would get; `node` when it runs one. `without` are the texts that its copies lose."""

    recipient: str
    node: bool
    number: int
    since: int
    counts: dict[str, int]
    holds: int
    unplaced: int
    precision_m: float
    purpose: str
    limits: tuple[str, ...]
    start: str
    until: str
    language: str
    formats: tuple[str, ...]
    copy: str
    clock_s: int
    left_out: dict[str, int]
    absent: int
    without: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    total: int
    page: int
    pages: int


class Previews(Told, frozen=True, kw_only=True):
    """Previews side by side; nothing was signed or sent."""

    previews: tuple[PreviewView, ...]
    sentences: tuple[str, ...]


class PackageView(Told, frozen=True, kw_only=True):
    """A package that was released: a list's, or a movement's version. `hash` is that of what is then held there."""

    recipient: str
    item: str
    movement: str
    number: int
    released_at: datetime
    by: str
    office: str
    since: int
    counts: dict[str, int]
    sites: int
    precision_m: int
    until: str
    hash: str
    copy: str
    files: tuple[str, ...]
    newest: bool
    rung: str
    overdue: bool


class HeardView(Told, frozen=True, kw_only=True):
    """An acknowledgement that was entered by hand."""

    recipient: str
    item: str
    number: int
    rung: Rung
    unit: str
    at: datetime
    source: str
    entered_by: str


class Packages(Told, frozen=True, kw_only=True):
    """The register of what was sent, and what was heard of it."""

    packages: tuple[PackageView, ...]
    heard: tuple[HeardView, ...]


class Hear(Asked, frozen=True, kw_only=True):
    """What a recipient acknowledged, from where it was heard, and when they said so; without `at`, now."""

    recipient: str
    number: int
    rung: Rung
    source: str
    movement: str = ""
    unit: str = ""
    at: datetime | None = None


# -- coverage ----------------------------------------------------------------------------------------------------------


class StepView(Told, frozen=True, kw_only=True):
    """One step of the ladder. `how` is node, person or by hand; a read-back that differs is no step up."""

    rung: Rung
    at: datetime
    by: str
    how: str
    unit: str
    places: int
    differing: int


class CoverageRow(Told, frozen=True, kw_only=True):
    """How far a notice has come at one recipient; `missing` are rungs below that nobody said, `stale` of older ones."""

    item: str
    number: int
    recipient: str
    mine: bool
    issued_at: datetime
    due: datetime
    overdue: bool
    unacknowledged: bool
    late_s: int
    rung: Rung | None
    missing: tuple[Rung, ...]
    steps: tuple[StepView, ...]
    stale: tuple[StepView, ...]
    units: tuple[str, ...]
    differing: int


class Coverage(Told, frozen=True, kw_only=True):
    """Who has which notice at which rung, oldest first."""

    now: datetime
    rows: tuple[CoverageRow, ...]
    sentences: tuple[str, ...]


# -- movements ---------------------------------------------------------------------------------------------------------


class PassageForm(Told, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place on the way, in any spelling, and when it is passed."""

    position: str
    at: datetime
    name: str = ""


class VehicleForm(Told, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Vehicles of one kind, marked alike."""

    kind: VehicleKind
    count: int = 1
    label: str = ""
    day_marks: list[DayMark] = []
    infrared_marks: list[InfraredMark] = []


class JourneyForm(Told, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A journey as a form holds it; lengths in metres."""

    title: str
    contact: str
    passages: list[PassageForm]
    vehicles: list[VehicleForm] = []
    half_width_m: float = 1000.0
    uncertainty_m: float = 100.0
    margin_min: int = 30
    people: int = 0
    guards: Guards = Guards.NOT_STATED
    guarded_by: str = ""
    consent: str = ""
    note: str = ""


class MovementVersion(Told, frozen=True, kw_only=True):
    """A version of a movement, and what differs from the one before, as far as both journeys are held and opened."""

    number: int
    leaf: str
    at: datetime
    start: datetime
    end: datetime
    held: bool
    differences: tuple[Difference, ...]


class ReportView(Told, frozen=True, kw_only=True):
    """How a movement fared, by whose account."""

    party: str
    said_at: datetime
    version: int
    how: str
    at: datetime
    by: str
    until: datetime | None


class Compared(Told, frozen=True, kw_only=True):
    """A position as it was entered again, held against the notice; `own` against our own plan, which goes to nobody."""

    place: str
    text: str
    decimal: str
    precision_m: float
    outcome: str
    apart_m: float | None
    own: str
    own_apart_m: float | None


class ReadBackView(Told, frozen=True, kw_only=True):
    """What a recipient read back; `stale` when of an older version."""

    party: str
    at: datetime
    stale: bool
    places: tuple[Compared, ...]


class OnwardView(Told, frozen=True, kw_only=True):
    """An originator's consent that stands: `by` may pass on to `to` what it holds, until then."""

    by: str
    to: str
    until: datetime


class Notice(Told, frozen=True, kw_only=True):
    """How far a notice of ours or of another's has come: the ladder, read-backs, on which terms it is held by whom.

    `places` names what can be read back, without positions: who reads back takes them from elsewhere. `off` are places
    that our own notice puts elsewhere than our own plan does, which no read-back would ever show.
    """

    agreement: str
    circle: str
    subject: str
    leaf: str
    mine: bool
    sealed: bool
    stem: str
    places: tuple[str, ...]
    coverage: tuple[CoverageRow, ...]
    read_backs: tuple[ReadBackView, ...]
    off: tuple[Compared, ...]
    released: tuple[ReleaseRow, ...]
    onward: tuple[OnwardView, ...]
    notices: tuple[str, ...]
    sentences: tuple[str, ...]


class MovementDetail(Told, frozen=True, kw_only=True):
    """One movement: its journey as we were given it, and for our own the plan that it was drawn from."""

    movement: MovementView
    notice: Notice
    journey: JourneyForm | None
    words: tuple[str, ...]
    versions: tuple[MovementVersion, ...]
    reports: tuple[ReportView, ...]


class Entered(Asked, frozen=True, kw_only=True):
    """A position as somebody has it, of one place of a notice."""

    place: str
    text: str


class Compare(Asked, frozen=True, kw_only=True):
    """Positions to hold against a notice before anything is said of them."""

    agreement: str
    subject: str
    places: list[Entered]
    circle: str = ""


class ComparedView(Told, frozen=True, kw_only=True):
    """How what was entered compares; nothing of it is kept."""

    places: tuple[Compared, ...]
    left: int


# -- releasing more ----------------------------------------------------------------------------------------------------


class ReleaseMore(Asked, frozen=True, kw_only=True):
    """Release the plan of an operation of ours, at the version `leaf`, to one more party."""

    agreement: str
    leaf: str
    to: str
    circle: str = ""


class ReleasedTo(Told, frozen=True, kw_only=True):
    """Whom the plan is released to now."""

    subject: str
    to: tuple[str, ...]


# -- papers: what an officer signs that is no statement of an agreement ------------------------------------------------


class PaperRecipient(Asked, frozen=True, kw_only=True, tag_field="say", tag="paper_recipient"):
    """Add a recipient without a node, or change what it is given."""

    name: str
    formats: list[Format]
    precision_m: int
    title: str = ""
    purpose: Purpose = Purpose.KEEP_AWAY
    limits: list[Limit] = []
    words: str = ""
    consent: str = ""
    until: datetime | None = None
    language: Language = Language.ENGLISH
    channel: str = ""
    acknowledges: str = ""
    lists: list[str] = []
    categories: list[Category] = []
    countries: list[str] = []
    districts: list[str] = []
    left_out: list[str] = []
    keep: list[str] = []


class PaperPackage(Asked, frozen=True, kw_only=True, tag_field="say", tag="paper_package"):
    """Release a package of the register's places to each recipient: the changes since its last, or the whole list."""

    to: list[str]
    conditions: list[str] = []
    full: bool = False
    since: int | None = None


class PaperMovement(Asked, frozen=True, kw_only=True, tag_field="say", tag="paper_movement"):
    """Release a movement's next version to each of these recipients without a node."""

    to: list[str]
    name: str
    journey: JourneyForm


class ExportOrder(Asked, frozen=True, kw_only=True, tag_field="say", tag="export_order"):
    """Order that a list leaves as a file, with its terms on every row or page; a second officer signs it too."""

    agreement: str
    subject: str
    reason: str
    circle: str = ""
    form: Literal["csv", "json", "html"] = "csv"


class ExportSecond(Asked, frozen=True, kw_only=True, tag_field="say", tag="export_second"):
    """Show an order that another officer has signed, to sign it too."""

    order: str


class ExportView(Told, frozen=True, kw_only=True):
    """An order of export: who has signed it, and whether its file may leave."""

    id: str
    subject: str
    form: str
    sites: int
    reason: str
    by: tuple[str, ...]
    ready: bool
    mine: bool
    expires: datetime


class Exports(Told, frozen=True, kw_only=True):
    """Orders of export that still run."""

    exports: tuple[ExportView, ...]


AnyPaper = PaperRecipient | PaperPackage | PaperMovement
State = Literal["", "placed", "unplaced", "flagged", "gone", "ended", "merged"]

"""The language of exercises: a folder of readable files, as values.

    exercise.toml     title, parties and their offices, where time starts, what the steps are about
    steps.toml        what is said and done, in order, and what must then be so
    *.toml, *.csv     agreements, plans and sites that the steps name

A step is one table; `do` names its verb, `by` who speaks (``north/watch``), `at` when (exercise time never goes back),
`tell` is read aloud, `why` cites a requirement, `expect` holds what must be so afterwards at every node that can know:

    [[step]]
    do = "decide"
    at = "2026-12-01T06:50:00Z"
    by = "south/air_operations"
    operation = "north/lift-1"
    answer = "no_objection"
    why = ["R-04"]
    expect = { standing = "no_objection" }

When it is hosted, with people in the seats, whoever sits in the office that speaks says it by himself, and lists,
movements and standing decisions are laid before him to be said; `left_to` says otherwise: ``seat``, ``director``, or
``nobody``, which leaves it out when somebody sits there.

    do                  its own fields
    tell                to                              read aloud, or, with `to`, given to these offices alone
    compare             a, b                            two drafts; expect.changes lists what differs
    adopt               agreement                       keep its text, cards and keys at each of its parties
    staff               agreement                       certify keys, enrol and appoint the officers there
    sign                agreement, by
    notify              list, file, by, agreement, copies = [{party, precision_m}], limits, consent
    notify_movement     movement, file, by, agreement, purpose, copies, limits, consent
    amend_movement      movement, file, by, agreement, copies
    report_movement     movement, how, who, until, by, agreement
    end_movement        movement, reason, by, agreement
    open                notice, by, agreement           acknowledge the terms it was given on
    acknowledge         notice, by, agreement
    read_back           notice, places = {name = "position"}, by, agreement
    relay load          notice, unit, by, agreement
    dispute             notice, site, reason, note, by, agreement
    propose             operation, plan, by, to, handed     `handed`: the plan is laid on the desk of whoever sits there
    change              operation, plan, by, to         a new version
    withdraw end        operation, by
    activate            operation, by, threat           `threat` declares an imminent threat
    deviate             operation, by, how
    decide              operation, answer, by, note, hold   `hold` keeps the draft unsigned under that name
    say_held            held, by                        sign and say a draft that was held
    dissent             operation, note, by
    standing_decision   answer, kinds, until, by
    stop                name, reason, operation, note, by, agreement
    acknowledge_stop lift_stop   name, by
    cut heal            –                               the network between all nodes
    carry_file          sender, taker, agreement        one bundle, by hand

A `notice` is a list of sites or a movement: ``sites/clinic/places``, ``movement/desk/relief-7``; every recipient has
its copy in a circle of its own, ``to-PARTY``.

`reading` refuses fields that nobody knows, and steps whose file, party, office or operation does not exist.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec

from entente.joint import disputes, line, movements
from entente.joint.decisions import Answer
from entente.joint.plan import Kind
from entente.joint.releases import Limit
from entente.joint.staff import Office


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Party(_Table, frozen=True, kw_only=True):
    """A party, and the offices that somebody holds in it; officers are named after theirs."""

    id: str
    title: str
    offices: tuple[Office, ...]


class Chair(_Table, frozen=True, kw_only=True):
    """What the card of one office says: ``north/watch``, what it is for, and what to do first."""

    office: str
    purpose: str = ""
    first: tuple[str, ...] = ()


class Hosting(_Table, frozen=True, kw_only=True):
    """How the exercise is hosted with people in the seats.

    `title` and `about` are what they are told of it before: nothing of what will happen. The director alone plays what
    is due before `opens`; left out, all up to the last signature on an agreement. `minutes` is how long all takes, with
    `brief` of them to sit down and `debrief` to look back. No stretch of exercise time longer than
    `longest_wait_min` [min] without a step is waited for.
    """

    title: str = ""
    about: str = ""
    opens: str = ""
    minutes: int = 120
    brief: int = 15
    debrief: int = 25
    longest_wait_min: int = 20


class Lesson(_Table, frozen=True, kw_only=True):
    """What a decision about something bears on: ``north/lift-1``, ``sites/clinic/hospitals``; the debrief says it.

    `failures` are numbers of docs/failures.md, `caught_by` requirements; exercise.toml explains both.
    """

    about: str
    failures: tuple[str, ...] = ()
    caught_by: tuple[str, ...] = ()


class Frame(_Table, frozen=True, kw_only=True):
    """`exercise.toml`. `agreement` is the file whose circle ``all`` the operations belong to."""

    title: str
    about: str
    starts: str
    window: tuple[str, str]
    agreement: str
    party: tuple[Party, ...]
    aerodromes: tuple[str, ...] = ()
    requirement: dict[str, str] = {}
    failure: dict[str, str] = {}
    hosting: Hosting = Hosting()
    seat: tuple[Chair, ...] = ()
    lesson: tuple[Lesson, ...] = ()


class Expect(_Table, frozen=True, kw_only=True, omit_defaults=True):
    """What must be so after a step. Fields left out are not looked at.

    `refused` is the code with which the step must fail; `findings` are all that its screening finds, as
    ``site:Clinic 3``; `standing`, `final`, `phase` and `answered` (``north`` → how: ``person`` or ``rule``) are of its
    operation; `covered_by`, `threat` and `objections` (``crossed``, ``after``) of its last activation. `uncertainty_m`
    [m] is the smallest that each recipient was told of a list's sites, `carried` counts the acts that a file brought,
    without acknowledgements. Of a notice, as its originator sees it: `rungs` (``air`` → ``opened``) is how far it has
    come at each recipient, `stale` who acknowledged only an older version, `late` that it came after the agreed time,
    `disputed` how many disputes stand, `reported` how a movement fared last; `differing` and `differing_from_own` are
    the places of the last read-back that lie elsewhere than in the notice, and than in the originator's own plan.
    """

    refused: str = ""
    findings: tuple[str, ...] | None = None
    standing: str = ""
    final: bool = False
    phase: str = ""
    answered: dict[str, str] = {}
    covered_by: str = ""
    threat: bool = False
    objections: tuple[str, ...] | None = None
    changes: tuple[str, ...] | None = None
    acknowledged_by: tuple[str, ...] | None = None
    dissents: int = 0
    uncertainty_m: dict[str, int] = {}
    carried: int = 0
    rungs: dict[str, str] = {}
    stale: tuple[str, ...] | None = None
    late: bool = False
    disputed: int = 0
    reported: str = ""
    differing: int | None = None
    differing_from_own: int | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the fields that are looked at."""
        wanted: dict[str, Any] = json.loads(msgspec.json.encode(self))
        return wanted


class Step(_Table, tag_field="do", frozen=True, kw_only=True):
    """What all steps have."""

    at: str = ""
    by: str = ""
    tell: str = ""
    why: tuple[str, ...] = ()
    expect: Expect = Expect()
    left_to: Literal["", "seat", "director", "nobody"] = ""

    @property
    def party(self) -> str:
        """Who speaks."""
        return self.by.partition("/")[0]

    @property
    def office(self) -> str:
        """In which office."""
        return self.by.partition("/")[2]


class Tell(Step, tag="tell", frozen=True, kw_only=True):
    """Words only: read aloud to all; when it is hosted, to the director, or given to the offices in `to` alone."""

    to: tuple[str, ...] = ()


class Compare(Step, tag="compare", frozen=True, kw_only=True):
    """Two drafts."""

    a: str
    b: str


class OfAgreement(Step, frozen=True, kw_only=True):
    """What names an agreement, by its file."""

    agreement: str


class Adopt(OfAgreement, tag="adopt", frozen=True, kw_only=True):
    """At each of its parties."""


class Staff(OfAgreement, tag="staff", frozen=True, kw_only=True):
    """At each of its parties."""


class Sign(OfAgreement, tag="sign", frozen=True, kw_only=True):
    """By a senior officer."""


class Copy(_Table, frozen=True, kw_only=True):
    """How precisely [m] a recipient is told."""

    party: str
    precision_m: int


class Notify(OfAgreement, tag="notify", frozen=True, kw_only=True):
    """A list of sites, in each recipient's own copy; with `limits` it is given on terms, to be acknowledged first."""

    list: str
    file: str
    purpose: str
    copies: tuple[Copy, ...]
    limits: tuple[Limit, ...] = ()
    consent: str = ""


class OfMovement(OfAgreement, frozen=True, kw_only=True):
    """What its originator says of a movement, named shortly: ``relief-7``."""

    movement: str


class NotifyMovement(OfMovement, tag="notify_movement", frozen=True, kw_only=True):
    """A movement out of a file, in each recipient's own copy; with `limits` on terms."""

    file: str
    copies: tuple[Copy, ...]
    limits: tuple[Limit, ...] = ()
    consent: str = ""


class AmendMovement(OfMovement, tag="amend_movement", frozen=True, kw_only=True):
    """A new version of it."""

    file: str
    copies: tuple[Copy, ...]


class ReportMovement(OfMovement, tag="report_movement", frozen=True, kw_only=True):
    """How it fared, by its originator, to everyone who was told of it; `who` is who made it so."""

    how: movements.How
    who: str
    until: str = ""


class EndMovement(OfMovement, tag="end_movement", frozen=True, kw_only=True):
    """It is over, and why."""

    reason: movements.Why


class OfNotice(OfAgreement, frozen=True, kw_only=True):
    """What a recipient says of a notice: ``sites/clinic/places`` or ``movement/desk/relief-7``."""

    notice: str


class OpenNotice(OfNotice, tag="open", frozen=True, kw_only=True):
    """Acknowledge the terms that it was given on."""


class AcknowledgeNotice(OfNotice, tag="acknowledge", frozen=True, kw_only=True):
    """We hold it."""


class ReadBack(OfNotice, tag="read_back", frozen=True, kw_only=True):
    """Positions entered again, by a site's name or a passage's number from 1."""

    places: dict[str, str]


class Relay(OfNotice, tag="relay", frozen=True, kw_only=True):
    """To a unit."""

    unit: str


class Load(OfNotice, tag="load", frozen=True, kw_only=True):
    """By a unit."""

    unit: str


class Dispute(OfNotice, tag="dispute", frozen=True, kw_only=True):
    """Of one site, by its name."""

    site: str
    reason: disputes.Reason
    note: str = ""


class OfOperation(Step, frozen=True, kw_only=True):
    """What names an operation: ``north/lift-1``."""

    operation: str


class Propose(OfOperation, tag="propose", frozen=True, kw_only=True):
    """A plan, released to the parties in `to`; `handed` to whoever sits there, to be filed at his word."""

    plan: str
    to: tuple[str, ...]
    handed: bool = True


class Change(OfOperation, tag="change", frozen=True, kw_only=True):
    """A new version."""

    plan: str
    to: tuple[str, ...]


class Withdraw(OfOperation, tag="withdraw", frozen=True, kw_only=True):
    """Of a planned operation."""


class End(OfOperation, tag="end", frozen=True, kw_only=True):
    """Of an active operation."""


class Activate(OfOperation, tag="activate", frozen=True, kw_only=True):
    """Of the latest version."""

    threat: str = ""


class Deviate(OfOperation, tag="deviate", frozen=True, kw_only=True):
    """The flight does not keep to its plan."""

    how: str


class Decide(OfOperation, tag="decide", frozen=True, kw_only=True):
    """On the latest version that the speaker's node knows."""

    answer: Answer
    note: str = ""
    hold: str = ""


class SayHeld(Step, tag="say_held", frozen=True, kw_only=True):
    """A draft held earlier."""

    held: str


class Dissent(OfOperation, tag="dissent", frozen=True, kw_only=True):
    """A doubt that travels with the operation."""

    note: str


class StandingDecision(Step, tag="standing_decision", frozen=True, kw_only=True):
    """A rule by which the node answers."""

    answer: Answer
    kinds: tuple[Kind, ...]
    until: str


class Stop(Step, tag="stop", frozen=True, kw_only=True):
    """STOP, under the agreement of the operations or, where one is named, under that one."""

    name: str
    reason: line.Reason
    operation: str = ""
    note: str = ""
    agreement: str = ""


class AcknowledgeStop(Step, tag="acknowledge_stop", frozen=True, kw_only=True):
    """`name` names sender and STOP: ``north/stop-1``."""

    name: str
    agreement: str = ""


class LiftStop(Step, tag="lift_stop", frozen=True, kw_only=True):
    """By its sender's side."""

    name: str
    agreement: str = ""


class Cut(Step, tag="cut", frozen=True, kw_only=True):
    """The network goes down."""


class Heal(Step, tag="heal", frozen=True, kw_only=True):
    """The network is back."""


class CarryFile(OfAgreement, tag="carry_file", frozen=True, kw_only=True):
    """A bundle, by hand."""

    sender: str
    taker: str


AnyStep = (
    Tell | Compare | Adopt | Staff | Sign | Notify | NotifyMovement | AmendMovement | ReportMovement | EndMovement
    | OpenNotice | AcknowledgeNotice | ReadBack | Relay | Load | Dispute | Propose | Change | Withdraw | End | Activate
    | Deviate | Decide | SayHeld | Dissent | StandingDecision | Stop | AcknowledgeStop | LiftStop | Cut | Heal
    | CarryFile
)  # fmt: skip
ABOUT_NOTICES = (Notify, OfMovement, OfNotice)
"""Steps about lists of sites and movements, whose copies have a circle for each recipient."""
SILENT = (Tell, Compare, Adopt, Staff, Cut, Heal, CarryFile)
"""Steps that nobody says: they have no `by`."""
ON_THE_PAGE = (
    Propose, Change, Withdraw, End, Activate, Deviate, Decide, Dissent, Stop, AcknowledgeStop, LiftStop, OpenNotice,
    AcknowledgeNotice, ReadBack, Relay, Load, Dispute, ReportMovement, EndMovement,
)  # fmt: skip
"""Steps that an officer can say at the centre's page, left to whoever sits there."""
HANDED = (Notify, NotifyMovement, AmendMovement, StandingDecision)
"""Steps whose words come from the exercise's files: laid before whoever sits there, who says them with a click."""


class Steps(_Table, frozen=True, kw_only=True):
    """`steps.toml`."""

    step: tuple[AnyStep, ...]

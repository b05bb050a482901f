"""The centre's routes: what a page may ask, each answer a type of `shapes`, each error a problem with a stable code.

Everything that touches the node runs in a thread, under its lock, on behalf of a `Viewer`: the session's officer with
the offices that he holds at that moment. Nothing here decides anything; the node does, and says why when it refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, TypeVar, cast

import msgspec
from litestar import Litestar, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream as Streamed

from entente import canonical
from entente.errors import EntenteError, Malformed, Refused, Unavailable
from entente.geo.interval import parse_time
from entente.ids import SubjectId
from entente.joint import authority
from entente.node.node import Node
from entente.picture import board
from entente.picture.wording import LANGUAGES
from entente.web import (
    detailing,
    disclosing,
    documenting,
    inbox,
    linking,
    picturing,
    recording,
    saying,
    searching,
    static,
    tiles,
    trying,
)
from entente.web.desk import routes as desk_routes
from entente.web.desk.commands import DeskCommand
from entente.web.desk.office import Desk
from entente.web.desk.papers import Papers
from entente.web.exporting import Pendings
from entente.web.language import spoken
from entente.web.problems import problem
from entente.web.saying import Drafts
from entente.web.sessions import IDLE_S, WHOLE_S, Sessions
from entente.web.shapes import (
    AgreementView,
    AnyCommand,
    CircleView,
    Disclose,
    Disclosed,
    DraftView,
    Entries,
    EntryStory,
    Findings,
    Hits,
    Inbox,
    Links,
    ListDetail,
    May,
    OperationDetail,
    PartyView,
    Picture,
    Problem,
    Proof,
    Receipts,
    Redeem,
    Screen,
    Screened,
    Session,
    Signatures,
    Spelt,
)
from entente.web.stream import Mark, Stream, mark
from entente.web.tiles import MapFile
from entente.web.viewer import Plans, Viewer

T = TypeVar("T")
Asks = Request[Any, Any, Any]
BODY_LIMIT = 2 * 1024 * 1024
"""[bytes] A plan of five hundred volumes of many corners is less."""
FRESH = timedelta(seconds=10)
"""How long a map that was drawn is given to others who ask the same, while nothing changed: overdue is no news."""
HOURS = "private, max-age=14400"
"""How long a browser keeps pieces of the node's own map; another file has another tag."""
Text = Annotated[str, QueryParameter(min_length=1, max_length=200)]
Named = Annotated[str, QueryParameter(max_length=200)]
Epoch = Annotated[int, QueryParameter(ge=0, le=999_999_999, description="Which of a party's feeds; 0 is its newest.")]
Degrees = Annotated[float | None, QueryParameter(ge=-180, le=180)]
Moment = Annotated[str, QueryParameter(max_length=40, description="ISO 8601 with a zone, or a date-time group.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A map that was drawn: when, of which record, its bytes, and what of others' is on it."""

    at: datetime
    mark: Mark
    data: bytes
    looked: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Centre:
    """What the routes stand on: a node, its sessions, drafts and stream of news, and what an operator is told."""

    node: Node
    title: str
    sessions: Sessions
    drafts: Drafts
    desk: Desk
    stream: Stream
    secure: bool
    map: MapFile | None
    say: Callable[[str], None]
    plans: Plans = field(init=False)
    papers: Papers = field(default_factory=Papers)
    exports: Pendings = field(default_factory=Pendings)
    drawn: dict[tuple[frozenset[str], str], Drawn] = field(default_factory=dict)
    """The map as last drawn for officers of the same agreements and language; changed under the node's lock."""

    def __post_init__(self) -> None:
        self.plans = Plans(self.node)

    @property
    def cookie(self) -> str:
        """The cookie's name, one for each node: cookies ignore ports."""
        return f"entente-{self.node.party}"

    def name(self, request: Asks) -> str:
        """Return the session that a request names; empty when none."""
        return str(request.cookies.get(self.cookie, ""))

    async def look(self, request: Asks, work: Callable[[Viewer], T], language: str = "") -> Response[T]:
        """Answer what `work` reads for the officer at a page, in the language that the request accepts, or in another.

        What it saw of others' is noted first.

        Raises:
            as `Sessions.seat` and `work`.
        """
        told = language or accepted(request)
        return _answer(await asyncio.to_thread(self._looked, self.name(request), work, told))

    def under(self, name: str, work: Callable[[Viewer], T]) -> T:
        """Return what `work` reads for the officer of a session, as a value.

        Raises:
            as `Sessions.seat` and `work`.
        """
        seat = self.sessions.seat(name)
        with self.node.lock:
            self.node.catch_up()
            return work(Viewer(node=self.node, seat=seat, plans=self.plans, now=self.node.clock.now()))

    def _looked(self, name: str, work: Callable[[Viewer], T], language: str = "en") -> bytes:
        seat = self.sessions.seat(name)
        with self.node.lock:
            self.node.catch_up()
            viewer = Viewer(
                node=self.node, seat=seat, plans=self.plans, now=self.node.clock.now(), language=language
            )  # fmt: skip
            found = work(viewer)
            viewer.note(self.sessions.first)
        return canonical.seen_answer(found if isinstance(found, bytes) else msgspec.json.encode(found))

    def picture(self, viewer: Viewer, at: datetime | None) -> bytes:
        """Return the map; drawn once for all who ask the same while nothing changed."""
        if at is not None:
            return msgspec.json.encode(picturing.picture(viewer, self.stream.cursor, at))
        now, readers = mark(self.node), (frozenset(viewer.seat.offices), viewer.language)
        held = self.drawn.get(readers)
        if held is None or held.mark != now or not timedelta() <= viewer.now - held.at < FRESH:
            data = msgspec.json.encode(picturing.picture(viewer, self.stream.cursor, None))
            self.drawn[readers] = Drawn(at=viewer.now, mark=now, data=data, looked=tuple(viewer.looked))
            return data
        viewer.looked += held.looked
        return held.data

    def session(self, viewer: Viewer) -> Session:
        """Return who sits at a page, and what he may say."""
        left = timedelta(seconds=viewer.seat.left_s)
        agreements = {place.book.id: place.agreement for place in viewer.places()}
        return Session(
            party=self.node.party, title=self.title, officer=viewer.seat.officer,
            fingerprint=viewer.seat.fingerprint, exercise=self.node.exercise,
            map=self.map.kind if self.map else "", now=viewer.now,
            ends_at=datetime.now(UTC) + left, idle_s=IDLE_S, languages=LANGUAGES,
            agreements=tuple(_agreement(viewer, name) for name in agreements),
        )  # fmt: skip


def _agreement(viewer: Viewer, name: str) -> AgreementView:
    places = [place for place in viewer.places() if place.book.id == name]
    agreement, book, held = places[0].agreement, places[0].book, viewer.seat.offices[name]
    row = board.agreement_row(agreement, book.fold("all").now(), book.ledger.successors(agreement), viewer.now)
    may = [
        May(verb=verb, offices=offices)
        for verb in sorted(authority.TABLE)
        if (offices := tuple(o for o in held if o in authority.offices(verb, agreement.authority)))
    ]
    return AgreementView(
        id=name, title=agreement.text.title, mode=agreement.mode, state=row.state, exercise=agreement.exercise,
        passkeys=agreement.passkeys,
        parties=tuple(PartyView(id=p.id, name=p.name, flies=p.flies) for p in agreement.parties.values()),
        circles=tuple(
            CircleView(id=p.fold.name, deciders=tuple(agreement.circle(p.fold.name).deciders),
                       readers=tuple(sorted(agreement.circle(p.fold.name).members
                                            - set(agreement.circle(p.fold.name).deciders))))
            for p in places
        ),
        areas=tuple(area.id for area in agreement.areas), offices=held, may=tuple(may),
    )  # fmt: skip


def accepted(request: Asks) -> str:
    """Return the language in which a request wants to be answered."""
    return spoken(request.headers.get("accept-language", ""))


def _answer(data: bytes) -> Response[Any]:
    return Response(data, media_type="application/json")


def _told(*more: int) -> dict[int, ResponseSpec]:
    """Return what a route may answer besides what it is asked for: each a problem."""
    said = {
        400: "what was asked cannot be read", 401: "nobody is signed in, or the request is not this page's",
        403: "refused: the rules, or the officer's office, say no", 404: "there is no such thing for this officer",
        409: "what the page showed is no longer so", 413: "too large", 429: "too many tries",
        503: "try later",
    }  # fmt: skip
    return {
        status: ResponseSpec(
            data_container=Problem, description=said[status], media_type="application/problem+json",
            generate_examples=False,
        )
        for status in (400, 401, 403, 503, *more)
    }  # fmt: skip


SIGNED_IN: list[dict[str, list[str]]] = [{"session": []}]


def application(centre: Centre, openapi: OpenAPIConfig | None = None) -> Litestar:
    """Return the ASGI application of a centre; what stands before it is `door.Door`.

    It has no pages of the framework's own: those load their scripts from elsewhere.
    """
    return Litestar(
        route_handlers=[*_sessions(centre), *_reads(centre), *_lookups(centre), *_says(centre),
                        *desk_routes.routes(centre, _told, SIGNED_IN), *_rest(centre)],
        exception_handlers={EntenteError: _problem, HTTPException: _http, Exception: _broken(centre)},
        request_max_body_size=BODY_LIMIT, openapi_config=openapi, logging_config=None, debug=False,
    )  # fmt: skip


@cache
def described() -> dict[str, Any]:
    """Return the OpenAPI document. Routes ask their centre for nothing until somebody asks them."""
    config = OpenAPIConfig(
        title="Entente: the browser centre", version="1", use_handler_docstrings=True,
        description="What a party's own page asks its own node. Every error is a problem document with a stable code; "
        "docs/guides/centre.md tells how a page signs in, drafts, signs and says. Sentences are told in the language "
        "that the request accepts (Accept-Language: en, ru or ar); codes, names and figures are the same in each.",
        components=Components(security_schemes={
            "session": SecurityScheme(type="apiKey", name="entente-PARTY", security_scheme_in="cookie",
                                      description="Set by POST /api/session; HttpOnly, SameSite=Strict.")}),
    )  # fmt: skip
    found = application(cast("Centre", None), config).openapi_schema.to_schema()
    for route in (route for held in found["paths"].values() for route in held.values()):
        route["responses"].get("204", {}).pop("content", None)  # it has none, whatever the framework says of null
    return found


# -- sessions ----------------------------------------------------------------------------------------------------------


def _sessions(centre: Centre) -> list[Any]:
    @post("/api/session", status_code=200, operation_id="redeem", responses=_told(429), tags=["session"])
    async def redeem(data: JSONBody[Redeem]) -> Response[Session]:
        """Turn a one-time link into a session; the cookie comes with the answer."""

        def begin() -> tuple[str, bytes]:
            name, _ = centre.sessions.redeem(data.token)
            return name, centre._looked(name, centre.session)

        name, body = await asyncio.to_thread(begin)
        answer = _answer(body)
        answer.set_cookie(
            Cookie(key=centre.cookie, value=name, path="/", httponly=True, samesite="strict", secure=centre.secure,
                   max_age=WHOLE_S)
        )  # fmt: skip
        return answer

    @get("/api/session", operation_id="session", responses=_told(), tags=["session"], security=SIGNED_IN)
    async def session(request: Asks) -> Response[Session]:
        """Who sits here, in which offices, and what may be said in them."""
        return await centre.look(request, centre.session)

    @delete("/api/session", status_code=204, operation_id="leave", responses=_told(), tags=["session"])
    async def leave(request: Asks) -> Response[None]:
        """End the session."""
        centre.sessions.end(centre.name(request))
        answer: Response[None] = Response(None, status_code=204)
        answer.delete_cookie(centre.cookie)
        return answer

    return [redeem, session, leave]


# -- reads -------------------------------------------------------------------------------------------------------------


def _reads(centre: Centre) -> list[Any]:
    @get("/api/picture", operation_id="picture", responses=_told(), tags=["reads"], security=SIGNED_IN)
    async def picture(request: Asks, at: Moment = "") -> Response[Picture]:
        """Everything on the map, now or as had been said by `at`."""
        when = _time(at)
        return cast("Response[Picture]", await centre.look(request, lambda v: centre.picture(v, when)))

    @get("/api/findings", operation_id="findings", responses=_told(), tags=["reads"], security=SIGNED_IN)
    async def findings(request: Asks) -> Response[Findings]:
        """What our own node finds now among all that it holds; the lock is let go between two plans."""
        name = centre.name(request)
        found: list[Any] = []
        flights = await asyncio.to_thread(centre.under, name, _flights)
        for flight in flights:
            found += await asyncio.to_thread(centre.under, name, lambda v, f=flight: picturing.screened(v, f))
        return await centre.look(request, lambda v: picturing.findings(v, centre.stream.cursor, found))

    @get("/api/inbox", operation_id="inbox", responses=_told(), tags=["reads"], security=SIGNED_IN)
    async def waiting(request: Asks) -> Response[Inbox]:
        """What waits for somebody here: what cannot wait, then by deadline."""
        cursor = centre.stream.cursor
        return await centre.look(request, lambda v: inbox.inbox(v, cursor, centre.desk.waiting))

    @get("/api/timeline", operation_id="timeline", responses=_told(), tags=["reads"], security=SIGNED_IN)
    async def timeline(request: Asks, since: Moment = "", until: Moment = "") -> Response[Entries]:
        """What was said in a time, each by its author's clock; the newest five hundred."""
        start, end = _time(since), _time(until)
        return await centre.look(request, lambda v: recording.timeline(v, start, end))

    @get("/api/operations/{party:str}/{name:str}", operation_id="operation", responses=_told(404), tags=["reads"],
         security=SIGNED_IN)  # fmt: skip
    async def operation(
        request: Asks, party: FromPath[str], name: FromPath[str], agreement: Named = "", circle: Named = "",
    ) -> Response[OperationDetail]:  # fmt: skip
        """One operation: its versions, what everyone said of it, both sides' findings."""
        subject = SubjectId(f"operation/{party}/{name}")
        return await centre.look(request, lambda v: detailing.operation(v, subject, agreement, circle))

    @get("/api/lists/{party:str}/{name:str}", operation_id="list", responses=_told(404), tags=["reads"],
         security=SIGNED_IN)  # fmt: skip
    async def listed(
        request: Asks, party: FromPath[str], name: FromPath[str], agreement: Named = "", circle: Named = "",
        page: Annotated[int, QueryParameter(ge=1, le=100_000)] = 1,
    ) -> Response[ListDetail]:  # fmt: skip
        """One list of protected sites, a hundred at a time."""
        subject = SubjectId(f"sites/{party}/{name}")
        return await centre.look(request, lambda v: detailing.sites(v, subject, agreement, circle, page))

    @get("/api/links", operation_id="links", responses=_told(), tags=["reads"], security=SIGNED_IN)
    async def links(request: Asks) -> Response[Links]:
        """Whether each peer is reached."""
        return await centre.look(request, linking.links)

    @get("/api/record/{agreement:str}/{party:str}", operation_id="record", responses=_told(404), tags=["reads"],
         security=SIGNED_IN)  # fmt: skip
    async def record(
        request: Asks, agreement: FromPath[str], party: FromPath[str],
        before: Annotated[int | None, QueryParameter(ge=0)] = None,
        last: Annotated[int, QueryParameter(ge=1, le=500)] = 100, subject: Named = "", epoch: Epoch = 0,
    ) -> Response[Entries]:  # fmt: skip
        """A party's entries, the newest before a place of an epoch's feed; or those about one subject."""
        return await centre.look(
            request, lambda v: recording.entries(v, agreement, party, before, last, subject, epoch)
        )

    @get("/api/record/{agreement:str}/{party:str}/{seq:int}", operation_id="entry", responses=_told(404),
         tags=["reads"], security=SIGNED_IN)  # fmt: skip
    async def entry(
        request: Asks, agreement: FromPath[str], party: FromPath[str], seq: FromPath[int], epoch: Epoch = 0
    ) -> Response[EntryStory]:  # fmt: skip
        """One entry's story: who signed which words, told in a language; what it lists, who holds and cosigned it."""
        return await centre.look(request, lambda v: recording.story(v, agreement, party, seq, epoch))

    @get("/api/record/{agreement:str}/{party:str}/{seq:int}/proof", operation_id="proof", responses=_told(404),
         tags=["reads"], security=SIGNED_IN)  # fmt: skip
    async def proof(
        request: Asks, agreement: FromPath[str], party: FromPath[str], seq: FromPath[int], epoch: Epoch = 0
    ) -> Response[Proof]:
        """What proves one entry, for this page to verify by itself; nothing leaves. A look at another's is noted."""
        return await centre.look(request, lambda v: disclosing.proof(v, agreement, party, seq, epoch))

    @post("/api/record/{agreement:str}/{party:str}/{seq:int}/disclosure", status_code=200, operation_id="disclose",
          responses=_told(404, 413), tags=["reads"], security=SIGNED_IN)  # fmt: skip
    async def disclose(
        request: Asks, agreement: FromPath[str], party: FromPath[str], seq: FromPath[int],
        data: JSONBody[Disclose], epoch: Epoch = 0,
    ) -> Response[Disclosed]:  # fmt: skip
        """A disclosure of one entry, for a stranger to verify: noted in the party's own record before it is given."""
        return await centre.look(request, lambda v: disclosing.disclosure(v, agreement, party, seq, data, epoch))

    return [picture, findings, waiting, timeline, operation, listed, links, record, entry, proof, disclose]


def _flights(viewer: Viewer) -> list[Any]:
    picturing.hold(viewer)
    return picturing.flights(viewer)


def _lookups(centre: Centre) -> list[Any]:
    @get("/api/lookup/position", operation_id="spell", responses=_told(), tags=["lookups"], security=SIGNED_IN)
    async def spelt(request: Asks, text: Named = "", lat: Degrees = None, lon: Degrees = None) -> Response[Spelt]:
        """A position in three spellings: typed, or where the cursor is."""

        def look(viewer: Viewer) -> Spelt:
            if lat is not None and lon is not None:
                return searching.spelt_at(lat, lon)
            return searching.spelt(text)

        return await centre.look(request, look)

    @get("/api/lookup/search", operation_id="search", responses=_told(), tags=["lookups"], security=SIGNED_IN)
    async def search(request: Asks, q: Text) -> Response[Hits]:
        """What a text names: a position, an operation, a site, an area, a list, a movement."""
        return await centre.look(request, lambda v: searching.search(v, q))

    return [spelt, search]


# -- saying ------------------------------------------------------------------------------------------------------------


def _says(centre: Centre) -> list[Any]:
    @post("/api/drafts", status_code=201, response_description="What is to be signed.", operation_id="draft",
          responses=_told(404, 409, 413), tags=["saying"],
          security=SIGNED_IN)  # fmt: skip
    async def draft(request: Asks, data: JSONBody[AnyCommand | DeskCommand]) -> Response[DraftView]:
        """Draw up the exact words to sign, judged and screened as of now. A refused attempt is noted."""
        with centre.stream.aside():
            answer = await centre.look(
                request, lambda v: saying.draft(v, centre.drafts, centre.desk, data), data.language
            )
        answer.status_code = 201
        return answer

    @post("/api/drafts/{name:str}/say", status_code=200, operation_id="say", responses=_told(409, 413),
          tags=["saying"], security=SIGNED_IN)  # fmt: skip
    async def say(request: Asks, name: FromPath[str], data: JSONBody[Signatures]) -> Response[Receipts]:
        """Say a draft, signed in the page by the officer's key: judged and screened again, then kept, all or none."""

        def speak() -> bytes:
            seat = centre.sessions.seat(centre.name(request))
            return msgspec.json.encode(saying.say(centre.node, centre.drafts, seat.name, name, data.signatures))

        with centre.stream.aside():
            return _answer(await asyncio.to_thread(speak))

    @delete("/api/drafts/{name:str}", status_code=204, operation_id="drop", responses=_told(), tags=["saying"],
            security=SIGNED_IN)  # fmt: skip
    async def drop(request: Asks, name: FromPath[str]) -> Response[None]:
        """Forget a draft that is not to be said."""
        seat = await asyncio.to_thread(centre.sessions.seat, centre.name(request))
        centre.drafts.drop(seat.name, name)
        return Response(None, status_code=204)

    @post("/api/screening", status_code=200, operation_id="screen", responses=_told(404, 413), tags=["saying"],
          security=SIGNED_IN)  # fmt: skip
    async def screen(request: Asks, data: JSONBody[Screen]) -> Response[Screened]:
        """Screen a plan as it is being made, and find ways out; nothing of it is kept."""
        return await centre.look(request, lambda v: trying.screen(v, data))

    return [draft, say, drop, screen]


# -- news, papers, files -----------------------------------------------------------------------------------------------


def _rest(centre: Centre) -> list[Any]:
    @get("/api/events", operation_id="events", responses=_told(), tags=["news"], security=SIGNED_IN,
         media_type="text/event-stream")  # fmt: skip
    async def events(
        request: Asks,
        after: Named = "",
        last_event_id: Annotated[str, HeaderParameter(name="Last-Event-ID", max_length=64)] = "",
    ) -> Streamed:
        """What changed, as it changes (Server-Sent Events): `hello`, `news`, `reset`, `beat`, `over`."""
        name = centre.name(request)
        await asyncio.to_thread(centre.sessions.seat, name)
        centre.stream.require_room(name)
        told = centre.stream.listen(last_event_id or after, name)
        return Streamed(told, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    @get("/api/map", include_in_schema=False)
    async def own_map(request: Asks) -> Response[bytes]:
        await asyncio.to_thread(centre.sessions.seat, centre.name(request))
        if centre.map is None:
            raise Refused("centre.unknown", "this node was started without a map of its own")
        data, said = await asyncio.to_thread(tiles.stretch, centre.map, request.headers.get("range", ""))
        headers = {"content-range": said, "accept-ranges": "bytes", "etag": centre.map.tag, "cache-control": HOURS}
        return Response(data, status_code=206, media_type=static.TYPES["pmtiles"], headers=headers)

    @get("/api/openapi.json", include_in_schema=False)
    async def openapi() -> Response[bytes]:
        return Response(documenting.document().encode(), media_type="application/json")

    @get("/api/docs", include_in_schema=False)
    async def docs() -> Response[bytes]:
        return Response(documenting.page(described()), media_type=static.TYPES["html"])

    @get(["/", "/{path:path}"], include_in_schema=False)
    async def page(request: Asks, path: FromPath[str] = "") -> Response[bytes]:
        wanted = path.strip("/")
        if wanted in ("", "index.html"):
            headers = {"cache-control": static.NEVER}
            return Response(await asyncio.to_thread(static.page), media_type=static.TYPES["html"], headers=headers)
        data, kind, kept = await asyncio.to_thread(static.asset, wanted)
        headers = {"cache-control": kept, "vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", "").lower():
            packed = await asyncio.to_thread(static.squeezed, wanted)
            if packed is not None:
                return Response(packed, media_type=kind, headers={**headers, "content-encoding": "gzip"})
        return Response(data, media_type=kind, headers=headers)

    return [events, own_map, openapi, docs, page]


def _time(text: str) -> datetime | None:
    return parse_time(text) if text else None


# -- errors ------------------------------------------------------------------------------------------------------------


def _problem(request: Asks, error: EntenteError) -> Response[Problem]:
    headers = {"retry-after": "60"} if error.code == "session.too_many" else {}
    body = problem(error, accepted(request))
    return Response(body, status_code=body.status, media_type="application/problem+json", headers=headers)


def _http(request: Asks, error: HTTPException) -> Response[Problem]:
    """Say what the framework refused: no such path, wrong method, too large, fields that do not fit."""
    codes = {404: "request.path", 405: "request.method", 413: "request.large", 415: "request.media"}
    extra = error.extra if isinstance(error.extra, list) else []
    named = "; ".join(f"{one.get('key', '')}: {one.get('message', '')}".strip(": ") for one in extra[:5])
    sentence = named or error.detail.partition(" for ")[0] or "the request cannot be read"
    malformed = Malformed(codes.get(error.status_code, "request.fields"), sentence[:500])
    body = msgspec.structs.replace(problem(malformed, accepted(request)), status=error.status_code)
    return Response(body, status_code=error.status_code, media_type="application/problem+json",
                    headers=dict(cast("Mapping[str, str]", error.headers or {})))  # fmt: skip


def _broken(centre: Centre) -> Callable[[Asks, Exception], Response[Problem]]:
    def broken(request: Asks, error: Exception) -> Response[Problem]:
        centre.say(f"error: a page could not be answered: {error!r}")
        return _problem(request, Unavailable("centre.broken", "this node could not answer; its operator can see why"))

    return broken

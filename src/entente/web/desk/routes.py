"""The desk's routes. What takes seconds, as reading a list, runs without the node's lock: only who asks is looked up
under it. What is the register's goes to nobody whose office may not notify sites (`office.require`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from entente import canonical
from entente.errors import Refused
from entente.ids import PartyId, SubjectId
from entente.joint import authority, operations
from entente.node import doubles
from entente.picture.catalogues import CATALOGUES
from entente.places.across import Entry
from entente.web import detailing, exporting
from entente.web.desk import climbing, doubling, giving, moving, office, papers, placing, retelling
from entente.web.desk.shapes import (
    Accept,
    AnyPaper,
    ColumnsView,
    Compare,
    ComparedView,
    Coverage,
    EndPlaces,
    ExportOrder,
    Exports,
    ExportSecond,
    Hear,
    MergePlaces,
    MovementDetail,
    Notice,
    Packages,
    Pairs,
    PlaceDetail,
    PreviewAsk,
    Previews,
    Recipients,
    RegisterPage,
    ReleasedTo,
    ReleaseMore,
    ReviewPair,
    StagedView,
    State,
    Taken,
    Upload,
)
from entente.web.language import spoken
from entente.web.shapes import DraftView, Receipts, Signatures
from entente.web.viewer import Viewer

if TYPE_CHECKING:
    from entente.web.routes import Centre

T = TypeVar("T")
Asks = Request[Any, Any, Any]
Named = Annotated[str, QueryParameter(max_length=200)]
Numbered = Annotated[int, QueryParameter(ge=1, le=100_000)]
UPLOAD_LIMIT = placing.LARGEST * 4 // 3 + 64 * 1024
"""[bytes] A file in base64, and what is said beside it."""


def routes(centre: Centre, told: Callable[..., Any], signed_in: Any) -> list[Any]:
    """Return the desk's routes; `told` documents what a route may answer besides what it is asked for."""
    common = {"tags": ["desk"], "security": signed_in}
    return [
        *_register(centre, told, common), *_lists(centre, told, common), *_giving(centre, told, common),
        *_notices(centre, told, common),
        *_exports(centre, told, common),
    ]  # fmt: skip


def _answer(found: Any, status: int = 200) -> Response[Any]:
    return Response(
        canonical.seen_answer(msgspec.json.encode(found)), media_type="application/json", status_code=status
    )


async def _apart(
    centre: Centre, request: Asks, work: Callable[[str, datetime], T], after: Callable[[Viewer, T], None] | None = None
) -> Response[T]:
    """Answer what `work` does for a desk officer, who is looked up under the node's lock; the work is done without.

    `after` is done under the lock again, before anything is answered: it notes what of others' was seen.
    """

    def done() -> Response[T]:
        def who(viewer: Viewer) -> tuple[str, datetime]:
            office.require(viewer)
            return viewer.seat.officer, viewer.now

        officer, now = centre.under(centre.name(request), who)
        found = work(officer, now)
        if after is not None:
            centre.under(centre.name(request), lambda viewer: _noted(centre, viewer, found, after))
        return _answer(retelling.told(found, CATALOGUES[spoken(request.headers.get("accept-language", ""))]))

    return cast("Response[T]", await asyncio.to_thread(done))


def _noted(centre: Centre, viewer: Viewer, found: T, after: Callable[[Viewer, T], None]) -> None:
    after(viewer, found)
    viewer.note(centre.sessions.first)


def _others(centre: Centre, request: Asks) -> list[Entry]:
    """Return the places of other parties that whoever asks may see: taken under the lock, looked through without."""
    told = centre.under(centre.name(request), office.others)
    return doubles.of_others(told, centre.node.party)


def _desk(work: Callable[[Viewer], T]) -> Callable[[Viewer], T]:
    """Return work that only an officer of the desk has done."""

    def only(viewer: Viewer) -> T:
        office.require(viewer)
        return work(viewer)

    return only


# -- the register ------------------------------------------------------------------------------------------------------


def _register(centre: Centre, told: Any, common: Any) -> list[Any]:
    @get("/api/desk/register", operation_id="register", responses=told(), **common)
    async def register(
        request: Asks, q: Named = "", list: Named = "", flag: Named = "", district: Named = "",
        be: Annotated[State, QueryParameter()] = "", page: Numbered = 1,
    ) -> Response[RegisterPage]:  # fmt: skip
        """The desk's own places, a hundred at a time, by what they are called, flagged with, or wherever they are."""
        return await _apart(
            centre, request,
            lambda _o, _n: placing.page(
                centre.desk, _others(centre, request), q=q, name=list, flag=flag, district=district, state=be,
                number=page,
            ),
        )  # fmt: skip

    @get("/api/desk/register/{place:str}", operation_id="place", responses=told(), **common)
    async def place(request: Asks, place: FromPath[str]) -> Response[PlaceDetail]:
        """One place, as its list wrote it, and all that ever happened to it."""
        return await _apart(centre, request, lambda _o, _n: placing.place(centre.desk, _others(centre, request), place))

    @post("/api/desk/register/end", status_code=200, operation_id="end_places", responses=told(413), **common)
    async def end(request: Asks, data: JSONBody[EndPlaces]) -> Response[PlaceDetail]:
        """Say that places need protection no longer; only the desk does, no list."""
        return await _apart(
            centre, request,
            lambda who, now: placing.end(
                centre.desk, centre.node, _others(centre, request), data.places, data.again, who, now
            ),
        )  # fmt: skip

    @post("/api/desk/register/merge", status_code=200, operation_id="merge_places", responses=told(413), **common)
    async def merge(request: Asks, data: JSONBody[MergePlaces]) -> Response[PlaceDetail]:
        """Say that two entries are one place; both histories stay."""
        return await _apart(
            centre,
            request,
            lambda who, now: placing.merge(
                centre.desk, centre.node, _others(centre, request), data.kept, data.other, who, now
            ),
        )

    @get("/api/desk/pairs", operation_id="pairs", responses=told(), **common)
    async def pairs(request: Asks, place: Named = "", page: Numbered = 1) -> Response[Pairs]:
        """Entries of two lists, or of two desks, that are perhaps one place, beside each other."""
        return await _apart(
            centre, request,
            lambda _o, _n: doubling.page(
                centre.desk, centre.node.party, _others(centre, request), place=place, number=page
            ),
            doubling.note,
        )  # fmt: skip

    @post("/api/desk/pairs", status_code=204, operation_id="review_pair", responses=told(413), **common)
    async def review(request: Asks, data: JSONBody[ReviewPair]) -> Response[None]:
        """Say, having looked at two entries, that they are two places, or one; no software merges them."""
        await _apart(
            centre, request,
            lambda who, now: doubling.review(centre.desk, centre.node, _others(centre, request), data, who, now),
        )  # fmt: skip
        return Response(None, status_code=204)

    return [register, place, end, merge, pairs, review]


def _lists(centre: Centre, told: Any, common: Any) -> list[Any]:
    async def sits(request: Asks, _: object) -> None:
        await asyncio.to_thread(centre.under, centre.name(request), office.require)

    # Asked before the body is read: who has no office here makes the node hold nothing.
    large = {**common, "request_max_body_size": UPLOAD_LIMIT, "guards": [sits]}

    @post("/api/desk/columns", status_code=200, operation_id="columns", responses=told(413), **large)
    async def columns(request: Asks, data: JSONBody[Upload]) -> Response[ColumnsView]:
        """The columns of a sheet, and what each is taken for."""
        return await _apart(centre, request, lambda _o, _n: placing.read_columns(centre.desk, data))

    @post("/api/desk/imports", status_code=200, operation_id="read_list", responses=told(413), **large)
    async def read(request: Asks, data: JSONBody[Upload]) -> Response[StagedView]:
        """Read a list and show what taking it would do; nothing is taken yet."""
        return await _apart(
            centre,
            request,
            lambda who, now: placing.read(centre.desk, centre.node, data, _others(centre, request), who, now),
        )

    @get("/api/desk/imports/{name:str}", operation_id="staged", responses=told(409), **common)
    async def staged(request: Asks, name: FromPath[str], kind: Named = "", page: Numbered = 1) -> Response[StagedView]:
        """A list that waits to be accepted: what it would do, a page at a time."""
        return await _apart(
            centre, request, lambda _o, _n: placing.staged(centre.desk, name, _others(centre, request), kind, page)
        )

    @post(
        "/api/desk/imports/{name:str}/accept",
        status_code=200,
        operation_id="accept",
        responses=told(409, 413),
        **common,
    )
    async def accept(request: Asks, name: FromPath[str], data: JSONBody[Accept]) -> Response[Taken]:
        """Take the list that was shown into the register, all of it or nothing."""
        return await _apart(
            centre, request, lambda who, now: placing.accept(centre.desk, centre.node, name, data, who, now)
        )

    @delete("/api/desk/imports/{name:str}", status_code=204, operation_id="unstage", responses=told(), **common)
    async def unstage(request: Asks, name: FromPath[str]) -> Response[None]:
        """Forget a list that waits; nothing of it was taken."""
        await _apart(centre, request, lambda _o, _n: placing.drop(centre.desk, name))
        return Response(None, status_code=204)

    return [columns, read, staged, accept, unstage]


# -- giving ------------------------------------------------------------------------------------------------------------


def _giving(centre: Centre, told: Any, common: Any) -> list[Any]:
    @get("/api/desk/recipients", operation_id="recipients", responses=told(), **common)
    async def recipients(request: Asks) -> Response[Recipients]:
        """Recipients without a node, and what each is given."""
        return await centre.look(request, _desk(lambda v: giving.recipients(v.node)))

    @post("/api/desk/preview", status_code=200, operation_id="preview", responses=told(413), **common)
    async def preview(request: Asks, data: JSONBody[PreviewAsk]) -> Response[Previews]:
        """Exactly what each recipient would get, side by side; nothing is signed or sent."""

        def work(_officer: str, _now: datetime) -> Previews:
            giving.wanted(data)
            held = [] if data.passing else giving.listed(centre.desk, data.conditions)
            known, given = centre.under(centre.name(request), lambda v: giving.standings(v, data, held))
            words = CATALOGUES[spoken(request.headers.get("accept-language", ""))]
            return giving.preview(centre.node, centre.desk, centre.title, data, known, given, words)

        return await _apart(centre, request, work)

    @get("/api/desk/packages", operation_id="packages", responses=told(), **common)
    async def packages(request: Asks) -> Response[Packages]:
        """What was sent to whom, how far it has come, and what was heard of it."""
        return await centre.look(request, _desk(giving.sent))

    @get("/api/desk/packages/{name:str}/{number:int}", operation_id="package", responses=told(404), **common,
         media_type="application/zip")  # fmt: skip
    async def package(
        request: Asks, name: FromPath[str], number: FromPath[int], movement: Named = ""
    ) -> Response[bytes]:
        """A released package's files and its signed manifest, made again byte for byte, in one archive."""
        await asyncio.to_thread(centre.under, centre.name(request), office.require)
        data = await asyncio.to_thread(giving.again, centre.node, centre.title, name, movement, number)
        called = "-".join(filter(None, (name, movement, f"{number:03d}")))
        headers = {"content-disposition": f'attachment; filename="{called}.zip"'}
        return Response(data, media_type="application/zip", headers=headers)

    @post("/api/desk/heard", status_code=200, operation_id="hear", responses=told(413), **common)
    async def hear(request: Asks, data: JSONBody[Hear]) -> Response[Packages]:
        """Enter what a recipient without a node acknowledged: which step, when, from where."""
        at = moving.when(data.at)
        return await centre.look(request, _desk(lambda v: giving.hear(v, msgspec.structs.replace(data, at=at))))

    @post("/api/desk/papers", status_code=201, operation_id="paper", responses=told(409, 413), **common,
          response_description="What is to be signed.")  # fmt: skip
    async def paper(request: Asks, data: JSONBody[AnyPaper]) -> Response[DraftView]:
        """Draw up what an officer signs of a recipient, a package or a movement's page."""

        def drawn() -> Response[DraftView]:
            by = centre.under(centre.name(request), papers.asker)
            return _answer(papers.draft(centre.node, by, centre.desk, centre.papers, centre.title, data), 201)

        return cast("Response[DraftView]", await asyncio.to_thread(drawn))

    @post(
        "/api/desk/papers/{name:str}/say", status_code=200, operation_id="say_paper", responses=told(409, 413), **common
    )
    async def say(request: Asks, name: FromPath[str], data: JSONBody[Signatures]) -> Response[Receipts]:
        """Keep a paper that was signed in the page; only then are its files handed out."""
        return await centre.look(request, lambda v: papers.say(v, centre.papers, name, data.signatures))

    return [recipients, preview, packages, package, hear, paper, say]


# -- notices: both sides -----------------------------------------------------------------------------------------------


def _notices(centre: Centre, told: Any, common: Any) -> list[Any]:
    @get("/api/coverage", operation_id="coverage", responses=told(), **common)
    async def coverage(request: Asks, everything: Annotated[bool, QueryParameter()] = False) -> Response[Coverage]:
        """Who has which notice at which rung, and who lacks it, oldest first."""
        return await centre.look(request, lambda v: climbing.coverage(v, everything=everything))

    @get("/api/movements/{party:str}/{name:str}", operation_id="movement", responses=told(404), **common)
    async def movement(
        request: Asks, party: FromPath[str], name: FromPath[str], agreement: Named = "", circle: Named = ""
    ) -> Response[MovementDetail]:
        """One movement: its journey, what each amendment changed, how it fares, how far the notice has come."""
        subject = SubjectId(f"movement/{party}/{name}")
        return await centre.look(request, lambda v: moving.detail(v, subject, agreement, circle))

    @get("/api/notices/{party:str}/{name:str}", operation_id="notice", responses=told(404), **common)
    async def notice(
        request: Asks, party: FromPath[str], name: FromPath[str], agreement: Named = "", circle: Named = ""
    ) -> Response[Notice]:
        """How far a list has come, what was read back of it, and on which terms it is held."""
        subject = SubjectId(f"sites/{party}/{name}")

        def look(viewer: Viewer) -> Notice:
            return climbing.notice(viewer, climbing.find(viewer, subject, agreement, circle), subject)

        return await centre.look(request, look)

    @post("/api/compare", status_code=200, operation_id="compare", responses=told(404, 413), **common)
    async def compare(request: Asks, data: JSONBody[Compare]) -> Response[ComparedView]:
        """Hold positions against a notice before anything is said of them; nothing of it is kept."""

        def look(viewer: Viewer) -> ComparedView:
            place = climbing.find(viewer, data.subject, data.agreement, data.circle)
            found, left = climbing.entered(viewer, place, SubjectId(data.subject), data.places)
            return ComparedView(places=tuple(climbing.compared(one, {}) for one in found), left=left)

        return await centre.look(request, look)

    @post("/api/operations/{party:str}/{name:str}/release", status_code=200, operation_id="release_more",
          responses=told(404, 409, 413), **common)  # fmt: skip
    async def release(
        request: Asks, party: FromPath[str], name: FromPath[str], data: JSONBody[ReleaseMore]
    ) -> Response[ReleasedTo]:
        """Release the plan of an operation of ours to one more party; it leaves an entry, and is not taken back."""
        subject = SubjectId(f"operation/{party}/{name}")
        return await centre.look(request, lambda v: _release(v, subject, data))

    return [coverage, movement, notice, compare, release]


# -- exports: two officers ---------------------------------------------------------------------------------------------


def _exports(centre: Centre, told: Any, common: Any) -> list[Any]:
    def cap() -> int:
        return centre.desk.home.exports_a_day

    @get("/api/exports", operation_id="exports", responses=told(), **common)
    async def exports(request: Asks, subject: Named = "") -> Response[Exports]:
        """Orders about a list that wait for a second officer, or whose file may leave."""
        return await centre.look(request, lambda v: exporting.listed(v, centre.exports, subject))

    @post("/api/exports", status_code=201, operation_id="order_export", responses=told(404, 409, 413), **common,
          response_description="What is to be signed.")  # fmt: skip
    async def order(request: Asks, data: JSONBody[ExportOrder | ExportSecond]) -> Response[DraftView]:
        """Draw up an order of export for its first officer, or show it to the second."""
        answer = await centre.look(request, lambda v: exporting.draft(v, centre.exports, cap(), data))
        answer.status_code = 201
        return answer

    @post("/api/exports/{name:str}/say", status_code=200, operation_id="say_export", responses=told(409, 413),
          **common)  # fmt: skip
    async def say(request: Asks, name: FromPath[str], data: JSONBody[Signatures]) -> Response[Receipts]:
        """Keep an officer's signature over an order; with the second one it is noted, and its file may leave."""
        return await centre.look(request, lambda v: exporting.say(v, centre.exports, cap(), name, data.signatures))

    @get("/api/exports/{name:str}/file", operation_id="export_file", responses=told(409), **common,
         media_type="application/octet-stream")  # fmt: skip
    async def file(request: Asks, name: FromPath[str]) -> Response[bytes]:
        """The file of an order that two officers have signed."""
        work = partial(exporting.file, held=centre.exports, name=name)
        data, media, called = await asyncio.to_thread(centre.under, centre.name(request), work)
        headers = {"content-disposition": f'attachment; filename="{called}"'}
        return Response(data, media_type=media, headers=headers)

    return [exports, order, say, file]


def _release(viewer: Viewer, subject: SubjectId, asked: ReleaseMore) -> ReleasedTo:
    place = viewer.find("operation", subject, asked.agreement, asked.circle)
    found: operations.Operation = detailing.read(place, subject)
    allowed = authority.offices("release.grant", place.agreement.authority)
    if not set(viewer.seat.offices[place.book.id]) & allowed:
        viewer.node.journal(
            "refused", verb="release.grant", subject=subject, by=viewer.seat.officer, code="staff.authority"
        )
        raise Refused(
            "staff.authority", f"none of {viewer.seat.officer}'s offices releases more: {', '.join(sorted(allowed))}"
        )
    if found.owner != viewer.node.party:
        raise Refused("release.unknown", f"{subject} is {found.owner}'s, who alone releases its plan")
    if found.latest.leaf != asked.leaf:
        raise Refused("centre.stale", f"{subject} has changed since this page showed it; look again")
    viewer.node.release(place.book.id, found.latest.seq, operations.PLAN, PartyId(asked.to))
    return ReleasedTo(subject=subject, to=detailing.readers(viewer, place, found))

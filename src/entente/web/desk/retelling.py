"""What the desk reads of lists, told anew for whoever looks: views leave here in their reader's language.

Flags, notes and reasons are kept with the register as they were made, in English (`picture.catalogues.retelling`).
"""

from __future__ import annotations

from typing import TypeVar, cast

from msgspec.structs import replace

from entente.picture.catalogues import ENGLISH, Catalogue, retelling
from entente.web.desk.shapes import (
    FlagView,
    OutcomeView,
    PlaceDetail,
    PlaceEvent,
    PlaceRow,
    RefusedView,
    RegisterPage,
    StagedView,
)
from entente.web.shapes import Difference

T = TypeVar("T")


def told(view: T, words: Catalogue) -> T:
    """Return a view in a language; one that holds no such sentence is itself."""
    return view if words is ENGLISH else cast("T", _Telling(words).of(view))


class _Telling:
    def __init__(self, words: Catalogue) -> None:
        self._words = words

    def of(self, view: object) -> object:
        match view:
            case RegisterPage():
                return replace(view, places=tuple(map(self._row, view.places)))
            case PlaceDetail():
                return replace(view, place=self._row(view.place), history=tuple(map(self._event, view.history)))
            case StagedView():
                notes = tuple(retelling.note(one, self._words) for one in view.notes)
                refused = tuple(map(self._refused, view.refused))
                return replace(view, notes=notes, refused=refused, outcomes=tuple(map(self._outcome, view.outcomes)))
            case _:
                return view

    def _row(self, row: PlaceRow) -> PlaceRow:
        return replace(row, flags=self._flags(row.flags))

    def _event(self, event: PlaceEvent) -> PlaceEvent:
        return replace(event, changes=self._changes(event.changes))

    def _outcome(self, one: OutcomeView) -> OutcomeView:
        return replace(one, changes=self._changes(one.changes), flags=self._flags(one.flags))

    def _refused(self, row: RefusedView) -> RefusedView:
        return replace(row, why=retelling.note(row.why, self._words))

    def _flags(self, flags: tuple[FlagView, ...]) -> tuple[FlagView, ...]:
        return tuple(replace(one, detail=retelling.detail(one.code, one.detail, self._words)) for one in flags)

    def _changes(self, changes: tuple[Difference, ...]) -> tuple[Difference, ...]:
        def length(text: str) -> str:
            return retelling.length(text, self._words)

        return tuple(replace(one, old=length(one.old), new=length(one.new)) for one in changes)

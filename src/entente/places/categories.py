"""What kind of place a list's word means: the first word found decides, in English, French, Russian and Arabic.

>>> category("Centre de Santé"), category("мечеть"), category("depot?")
(<Category.MEDICAL: 'medical'>, <Category.WORSHIP: 'worship'>, None)
"""

from __future__ import annotations

import re
from functools import lru_cache

from entente.joint.protected_sites import Category
from entente.places.text import folded

_TABLE = """
medical: hospital hopital clinic clinique health sante medical dispensa maternit pharmac phcu phcc csps cscom csref
    больниц поликлин амбулатор медицин аптек مستشفي عياده صحي صيدلي طبي
school: school ecole lycee universit college kindergarten madrasa школ университет детский مدرس جامعه روضه
water_and_power: water eau power electric pump dam borehole forage водоснаб насос электр плотин مياه كهرباء سد
food_and_relief: food warehouse bakery market relief distribution vivres entrepot склад пекарн рынок مستودع مخبز سوق
    اغاثه
displaced_persons: camp displaced refugee idp deplace shelter лагер убежищ مخيم نازح لاجئ ملجا
worship: mosque church temple synagogue cathedral eglise monaster worship мечет церк храм монастыр مسجد كنيسه جامع
cultural: museum musee heritage cultur library archaeolog музе библиотек متحف مكتبه اثر
humanitarian_movement: convoy movement convoi конво قافله
humanitarian_office: office ngo humanitarian guesthouse bureau офис مكتب منظمه
"""
"""Category, and parts of words that mean it. The order counts: a school's clinic is a clinic."""

WORDS: tuple[tuple[Category, tuple[str, ...]], ...] = tuple(
    (Category(head), tuple(words.split()))
    for head, _, words in (block.partition(":") for block in re.split(r"\n(?=\w)", _TABLE.strip()))
)


@lru_cache(maxsize=16384)
def category(text: str) -> Category | None:
    """Return the category that a text means, None when no word of it is known."""
    spelt = folded(text)
    if spelt.replace(" ", "_") in set(Category):
        return Category(spelt.replace(" ", "_"))
    return next((kind for kind, words in WORDS if any(word in spelt for word in words)), None)

"""The words of packages in each language that recipients take them in; English stands beside every other.

A catalogue is a table: what a language lacks is a test's failure, not a reader's surprise. Times stay date-time groups
and digits stay ASCII in every language, so that two people can read a row to each other over a poor line.

>>> WORDS[Language.ENGLISH]["not_listed"]
'Not listed is not unprotected.'
>>> both(Language.FRENCH, "name"), both(Language.ENGLISH, "name")
('Nom · Name', 'Name')
"""

from __future__ import annotations

from collections.abc import Mapping

from entente.picture.recipients import Language

_ORDER = (Language.ENGLISH, Language.FRENCH, Language.RUSSIAN, Language.ARABIC)
_TABLE: Mapping[str, tuple[str, str, str, str]] = {
    # -- sentences
    "not_listed": (
        "Not listed is not unprotected.",
        "Ce qui n'est pas sur la liste n'est pas sans protection.",
        "Отсутствие в списке не означает отсутствия защиты.",
        "عدم الإدراج في القائمة لا يعني انعدام الحماية.",
    ),
    "not_request": (
        "This is a notification, not a request for permission; silence removes no protection.",
        "Ceci est une notification et non une demande d'autorisation ; le silence ne retire aucune protection.",
        "Это уведомление, а не запрос разрешения; молчание не отменяет защиты.",
        "هذا إخطار وليس طلب إذن، والسكوت لا يسقط أي حماية.",
    ),
    "passing": (
        "Never passed on without the sender's signed consent.",
        "Jamais transmis sans le consentement signé de l'expéditeur.",
        "Не передаётся другим без подписанного согласия отправителя.",
        "لا ينقل إلى غيركم دون موافقة موقعة من المرسل.",
    ),
    "moved": (
        "Positions are moved on purpose; the true place lies within the metres stated beside each.",
        "Les positions sont déplacées à dessein ; le lieu réel se trouve dans les mètres indiqués à côté.",
        "Координаты смещены намеренно; место находится в пределах метров, указанных рядом.",
        "المواقع مزاحة عن قصد، والمكان الحقيقي ضمن الأمتار المذكورة بجانب كل موقع.",
    ),
    "age": (
        "If this is more than a day old, ask whether there is a newer one.",
        "Si ce document a plus d'un jour, demandez s'il en existe un plus récent.",
        "Если документу больше суток, спросите, нет ли более нового.",
        "إذا مضى على هذه الوثيقة أكثر من يوم فاسألوا هل توجد أحدث منها.",
    ),
    "exercise": (
        "EXERCISE EXERCISE EXERCISE",
        "EXERCICE EXERCICE EXERCICE",
        "УЧЕНИЕ УЧЕНИЕ УЧЕНИЕ",
        "تمرين تمرين تمرين",
    ),
    "only": ("{}, and nothing else", "{}, et rien d'autre", "{}, и ни для чего иного", "{}، ولا شيء غير ذلك"),
    "acknowledging": (
        "An acknowledgement says that this is held, and nothing of what will be done.",
        "L'accusé de réception dit que ceci est détenu, et rien de ce qui sera fait.",
        "Подтверждение означает, что документ получен, и ничего не говорит о дальнейших действиях.",
        "الإقرار بالاستلام يعني أن الوثيقة موجودة لديكم ولا يعني شيئا عما سيفعل.",
    ),
    "whole": ("the whole list", "la liste entière", "полный список", "القائمة الكاملة"),
    "changes": (
        "changes since package {}; without that one, ask for the whole list",
        "changements depuis l'envoi {} ; sans celui-ci, demandez la liste entière",
        "изменения после пакета {}; если его нет, запросите полный список",
        "التغييرات منذ الحزمة {}؛ إن لم تكن لديكم فاطلبوا القائمة الكاملة",
    ),
    "nothing": ("Nothing has changed.", "Rien n'a changé.", "Изменений нет.", "لم يتغير شيء."),
    # -- titles and labels
    "title": (
        "Notification of protected places",
        "Notification de lieux protégés",
        "Уведомление о местах, находящихся под защитой",
        "إخطار بأماكن محمية",
    ),
    "table": (
        "Protected places by MGRS",
        "Lieux protégés par MGRS",
        "Места под защитой по MGRS",
        "أماكن محمية حسب MGRS",
    ),
    "carried": (
        "Protected places: list to carry",
        "Lieux protégés : liste à emporter",
        "Места под защитой: список для работы на месте",
        "أماكن محمية: قائمة للحمل",
    ),
    "to": ("To", "À", "Кому", "إلى"),
    "from": ("From", "De", "От", "من"),
    "reference": ("Reference", "Référence", "Номер", "المرجع"),
    "made": ("State of", "État au", "Состояние на", "الحالة في"),
    "purpose": ("Purpose", "But", "Цель", "الغرض"),
    "limits": ("Limits", "Limites", "Ограничения", "القيود"),
    "in_words": ("In the sender's words", "Selon l'expéditeur", "Словами отправителя", "بعبارة المرسل"),
    "consent": ("Operator's consent", "Consentement de l'exploitant", "Согласие владельца", "موافقة الجهة المشغلة"),
    "period": ("To be used", "Utilisable", "Срок использования", "مدة الاستعمال"),
    "precision": ("Precision", "Précision", "Точность", "الدقة"),
    "copy": ("Copy", "Exemplaire", "Экземпляр", "النسخة"),
    "holds": ("This is", "Contenu", "Содержание", "المحتوى"),
    "hash": ("Hash", "Empreinte", "Хеш", "البصمة"),
    "released_by": ("Released by", "Transmis par", "Передал", "أصدره"),
    "held": ("Sites then in your hands", "Sites alors détenus", "Объектов у вас после этого", "المواقع لديكم بعد ذلك"),
    "number": ("No.", "Nº", "№", "الرقم"),
    "name": ("Name", "Nom", "Название", "الاسم"),
    "category": ("Category", "Catégorie", "Категория", "الفئة"),
    "where": ("Where", "Où", "Где", "أين"),
    "position": ("Position (WGS84)", "Position (WGS84)", "Координаты (WGS84)", "الموقع (WGS84)"),
    "mgrs": ("MGRS", "MGRS", "MGRS", "MGRS"),
    "uncertainty": ("± m", "± m", "± м", "± م"),
    "status": ("Status", "État", "Статус", "الحالة"),
    "remarks": ("Remarks", "Remarques", "Примечания", "ملاحظات"),
    "change": ("Change", "Changement", "Изменение", "التغيير"),
    "list": ("List", "Liste", "Список", "القائمة"),
    "marks": ("Marks", "Marquage", "Обозначения", "العلامات"),
    "by_day": ("by day", "de jour", "днём", "نهارا"),
    "infrared": ("infrared", "infrarouge", "ИК", "بالأشعة تحت الحمراء"),
    "verified": ("Verified", "Vérifié", "Проверено", "التحقق"),
    "confirmed": ("Confirmed", "Confirmé", "Подтверждено", "آخر تأكيد"),
    "until": ("until {}", "jusqu'au {}", "до {}", "حتى {}"),
    "since": ("from {}", "dès {}", "с {}", "من {}"),
    "now_on": ("from now on", "dès maintenant", "с этого времени", "من الآن"),
    "no_end": ("without end", "sans fin", "без срока", "بلا نهاية"),
    "none": ("none stated", "aucun", "не указаны", "غير مذكورة"),
    "page": ("Page {} of {}", "Page {} sur {}", "Стр. {} из {}", "صفحة {} من {}"),
    # -- what a row says
    "listed": ("", "", "", ""),
    "added": ("NEW", "NOUVEAU", "НОВОЕ", "جديد"),
    "changed": ("CHANGED", "MODIFIÉ", "ИЗМЕНЕНО", "معدل"),
    "ended": ("ENDED", "TERMINÉ", "ПРЕКРАЩЕНО", "منته"),
    "withdrawn": (
        "NO LONGER RELEASED, still protected",
        "PLUS COMMUNIQUÉ, toujours protégé",
        "БОЛЬШЕ НЕ СООБЩАЕТСЯ, защита остаётся",
        "لم يعد يبلغ عنه ولا يزال محميا",
    ),
    "expired": (
        "EXPIRED {}, still protected",
        "EXPIRÉ {}, toujours protégé",
        "ИСТЕКЛО {}, защита остаётся",
        "انتهت المدة {} ولا يزال محميا",
    ),
    "unplaced": (
        "known, not placed",
        "connu, non localisé",
        "известно, место не установлено",
        "معروف وغير محدد الموقع",
    ),
    # -- movements
    "movement": (
        "Notification of a humanitarian movement",
        "Notification d'un mouvement humanitaire",
        "Уведомление о гуманитарном перемещении",
        "إخطار بتحرك إنساني",
    ),
    "what": ("Movement", "Mouvement", "Перемещение", "التحرك"),
    "version": ("Version", "Version", "Версия", "الإصدار"),
    "contact": ("Answers on the way", "Répond en route", "Связь в пути", "جهة الاتصال أثناء الطريق"),
    "from_to": ("From, to", "De, à", "С, по", "من، إلى"),
    "margin": ("Early or late", "Avance ou retard", "Раньше или позже", "تقديم أو تأخير"),
    "width": ("Width of the way", "Largeur de l'itinéraire", "Ширина пути", "عرض الطريق"),
    "people": ("People", "Personnes", "Людей", "الأشخاص"),
    "guards": ("Guards", "Gardes", "Охрана", "الحراسة"),
    "vehicles": ("Vehicles", "Véhicules", "Транспорт", "المركبات"),
    "not_stated": ("not stated", "non indiqué", "не указано", "غير مذكور"),
    "no_guards": ("none", "aucune", "нет", "بلا حراسة"),
    "unarmed": ("unarmed", "non armées", "без оружия", "غير مسلحة"),
    "armed": ("armed", "armées", "вооружённая", "مسلحة"),
    "in_the_dark": (
        "Not every vehicle states a mark by which it can be told in the dark.",
        "Tous les véhicules n'indiquent pas une marque visible dans l'obscurité.",
        "Не для каждой машины указан знак, видимый в темноте.",
        "لم تذكر لكل مركبة علامة ترى في الظلام.",
    ),
    "new_version": (
        "Replaces version {}. What was acknowledged of that one is void; please acknowledge anew.",
        "Remplace la version {}. Ce qui en a été accusé est caduc ; accusez réception à nouveau.",
        "Заменяет версию {}. Прежнее подтверждение недействительно; подтвердите заново.",
        "يحل محل الإصدار {}. الإقرار السابق لاغ، فيرجى الإقرار من جديد.",
    ),
    "differences": ("What has changed", "Ce qui a changé", "Что изменилось", "ما الذي تغير"),
    "was": ("Was", "Avant", "Было", "كان"),
    "is_now": ("Is now", "Maintenant", "Стало", "أصبح"),
    "car": ("car", "voiture", "автомобиль", "سيارة"),
    "armoured_car": ("armoured car", "voiture blindée", "бронеавтомобиль", "سيارة مصفحة"),
    "truck": ("truck", "camion", "грузовик", "شاحنة"),
    "bus": ("bus", "autobus", "автобус", "حافلة"),
    "ambulance": ("ambulance", "ambulance", "скорая помощь", "سيارة إسعاف"),
    "motorcycle": ("motorcycle", "moto", "мотоцикл", "دراجة نارية"),
    "boat": ("boat", "bateau", "катер", "قارب"),
    "on_foot": ("on foot", "à pied", "пешком", "سيرا على الأقدام"),
    "other": ("other", "autre", "иное", "أخرى"),
    # -- acknowledging
    "acknowledgement": ("Acknowledgement", "Accusé de réception", "Подтверждение получения", "الإقرار بالاستلام"),
    "return_to": ("Please return to", "Retourner à", "Вернуть", "يعاد إلى"),
    "step": ("Step", "Étape", "Этап", "الخطوة"),
    "time": ("Time (UTC)", "Heure (UTC)", "Время (UTC)", "الوقت (UTC)"),
    "unit": ("Unit", "Unité", "Часть", "الوحدة"),
    "office": ("Office", "Fonction", "Должность", "الصفة"),
    "delivered": ("delivered", "remis", "вручено", "سلم"),
    "opened": ("opened", "ouvert", "вскрыто", "فتح"),
    "read_back": ("read back", "collationné", "сверено повтором", "أعيدت قراءته"),
    "relayed": ("relayed to unit", "transmis à l'unité", "передано в часть", "نقل إلى الوحدة"),
    "loaded": ("loaded", "chargé", "загружено", "حمل في النظام"),
    # -- closed lists
    "keep_away": ("keep away", "rester à distance", "держаться на удалении", "الابتعاد عنها"),
    "keep_apart": ("keep flights apart", "séparer les vols", "разводить полёты", "الفصل بين الرحلات الجوية"),
    "let_relief_pass": ("let relief pass", "laisser passer les secours", "пропускать помощь", "السماح بمرور المساعدات"),
    "inquiry": ("find out what happened", "établir les faits", "установить, что произошло", "معرفة ما حدث"),
    "not_exported": ("not exported", "non exporté", "не выгружать", "لا يصدر"),
    "not_combined": (
        "not combined with other sources to place anything more precisely",
        "non recoupé avec d'autres sources pour localiser plus précisément",
        "не сопоставлять с другими источниками для уточнения мест",
        "لا يجمع مع مصادر أخرى لتحديد الأماكن بدقة أكبر",
    ),
    "duty_staff_only": (
        "seen by staff on duty only",
        "vu par le seul personnel de service",
        "только для дежурной смены",
        "للمناوبين فقط",
    ),
    "destroyed_at_end": (
        "destroyed when the period ends",
        "détruit à la fin de la période",
        "уничтожить по окончании срока",
        "يتلف عند انتهاء المدة",
    ),
    "medical": ("medical", "médical", "медицинский", "طبي"),
    "school": ("school", "école", "школа", "مدرسة"),
    "water_and_power": ("water and power", "eau et électricité", "вода и энергия", "ماء وكهرباء"),
    "food_and_relief": ("food and relief", "vivres et secours", "продовольствие и помощь", "غذاء وإغاثة"),
    "displaced_persons": ("displaced persons", "personnes déplacées", "перемещённые лица", "نازحون"),
    "worship": ("worship", "lieu de culte", "культовый", "عبادة"),
    "cultural": ("cultural", "culturel", "культурный", "ثقافي"),
    "humanitarian_office": ("humanitarian office", "bureau humanitaire", "гуманитарное бюро", "مكتب إنساني"),
    "humanitarian_movement": (
        "humanitarian movement",
        "mouvement humanitaire",
        "гуманитарное перемещение",
        "تحرك إنساني",
    ),
    "other_civilian": ("other civilian", "autre civil", "иной гражданский", "مدني آخر"),
    "protective_emblem": ("protective emblem", "emblème protecteur", "защитная эмблема", "شارة حماية"),
    "blue_shield": ("blue shield", "bouclier bleu", "голубой щит", "الدرع الأزرق"),
    "united_nations": ("United Nations", "Nations Unies", "ООН", "الأمم المتحدة"),
    "organisation_emblem": (
        "organisation's emblem",
        "emblème de l'organisation",
        "эмблема организации",
        "شعار المنظمة",
    ),
    "flag": ("flag", "drapeau", "флаг", "علم"),
    "roof_marking": ("roof marking", "marquage du toit", "знак на крыше", "علامة على السطح"),
    "signal_panel": ("signal panel", "panneau", "сигнальное полотнище", "لوحة إشارة"),
    "infrared_beacon": ("infrared beacon", "balise infrarouge", "ИК-маяк", "منارة تحت حمراء"),
    "infrared_panel": ("infrared panel", "panneau infrarouge", "ИК-полотнище", "لوحة تحت حمراء"),
    "reflective_tape": ("reflective tape", "ruban réfléchissant", "светоотражающая лента", "شريط عاكس"),
    "lit_emblem": ("lit emblem", "emblème éclairé", "освещённая эмблема", "شارة مضاءة"),
    "no_mark": ("none", "aucun", "нет", "لا شيء"),
    "site_visit": ("site visit", "visite sur place", "выезд на место", "زيارة الموقع"),
    "operator_statement": (
        "operator's statement",
        "déclaration de l'exploitant",
        "сообщение владельца",
        "إفادة المشغل",
    ),
    "imagery": ("imagery", "imagerie", "снимки", "صور"),
    "document": ("document", "document", "документ", "وثيقة"),
    "partner_report": ("partner's report", "rapport d'un partenaire", "сообщение партнёра", "تقرير شريك"),
    "gazetteer": ("gazetteer", "répertoire géographique", "справочник названий", "معجم جغرافي"),
    "not_verified": ("not verified", "non vérifié", "не проверено", "غير متحقق منه"),
}

WORDS: Mapping[Language, Mapping[str, str]] = {
    language: {key: told[place] for key, told in _TABLE.items()} for place, language in enumerate(_ORDER)
}
RIGHT_TO_LEFT = frozenset({Language.ARABIC})


def both(language: Language, key: str) -> str:
    """Return a word in a language with the English beside it, or once, where they are the same."""
    own, english = WORDS[language][key], WORDS[Language.ENGLISH][key]
    return own if own == english else f"{own} · {english}"


def phrase(language: Language, code: str) -> str:
    """Return a code of a closed list in words; one that no catalogue knows stands as it is spelt."""
    return WORDS[language].get(code, code.replace("_", " "))

"""What the lobby, a seat, the director and the debrief say, in English, Russian and Arabic.

What an exercise's own files and the records say stands in the language in which it was written, and is marked so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entente.picture.catalogues import CATALOGUES, Catalogue

LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})

TEXT: Mapping[str, tuple[str, str, str]] = {
    "exercise": ("EXERCISE", "УЧЕНИЯ", "تمرين"),
    "no_finding": (
        "No finding is not a legal judgement.",
        "Отсутствие замечаний не является правовой оценкой.",
        "عدم وجود ملاحظات ليس حكماً قانونياً.",
    ),
    "not_listed": (
        "Not listed is not unprotected.",
        "Отсутствие в списке не означает отсутствия защиты.",
        "عدم الإدراج لا يعني عدم الحماية.",
    ),
    "language": ("Language", "Язык", "اللغة"),
    "lost": ("The host does not answer.", "Ведущий не отвечает.", "المضيف لا يجيب."),
    # -- offices
    "office.senior": ("senior officer", "старший начальник", "الضابط الأقدم"),
    "office.deputy": ("deputy", "заместитель", "النائب"),
    "office.air_operations": ("air operations", "управление полётами", "العمليات الجوية"),
    "office.intelligence": ("intelligence", "разведка", "الاستخبارات"),
    "office.protection": ("protection", "защита гражданских", "الحماية"),
    "office.legal_adviser": ("legal adviser", "советник по праву", "المستشار القانوني"),
    "office.watch": ("watch", "дежурный", "المناوب"),
    "office.records": ("records", "делопроизводство", "السجلات"),
    "office.observer": ("observer", "наблюдатель", "المراقب"),
    "for.senior": (
        "Answers for the party. May declare an imminent threat, and let the node answer what is harmless by rule.",
        "Отвечает за сторону. Может объявить о непосредственной угрозе и поручить узлу отвечать по правилу.",
        "يتحمل المسؤولية عن الطرف. يجوز له إعلان تهديد وشيك، وأن يترك للعقدة الرد على ما لا ضرر فيه وفق قاعدة.",
    ),
    "for.deputy": (
        "Stands in for the senior officer.",
        "Замещает старшего начальника.",
        "ينوب عن الضابط الأقدم.",
    ),
    "for.air_operations": (
        "Plans flights, tells the other side of them, and answers the other side's.",
        "Планирует полёты, уведомляет о них другую сторону и отвечает на её уведомления.",
        "يخطط الرحلات ويخطر بها الطرف الآخر، ويرد على إخطاراته.",
    ),
    "for.intelligence": (
        "Reads along, and says where it doubts.",
        "Читает всё и сообщает о сомнениях.",
        "يطّلع، ويذكر مواضع شكه.",
    ),
    "for.protection": (
        "Keeps the protected places: opens, reads back and acknowledges what is notified, and dissents where it must.",
        "Ведёт защищённые места: открывает, перечитывает и подтверждает уведомления, при необходимости возражает.",
        "يتولى الأماكن المحمية: يفتح ما يُخطر به ويعيد قراءته ويقرّ بتلقيه، ويسجل اعتراضه عند اللزوم.",
    ),
    "for.legal_adviser": (
        "Reads along, and dissents where the law asks for it.",
        "Читает всё и возражает, где этого требует право.",
        "يطّلع، ويسجل اعتراضه حيث يقتضي القانون.",
    ),
    "for.watch": (
        "Is always there: sends STOP and acknowledges it, and says when a flight does not keep to its plan.",
        "Всегда на месте: передаёт и подтверждает СТОП, сообщает об отклонении полёта от плана.",
        "حاضر دائماً: يرسل «قف» ويقرّ بتلقيه، ويبلغ حين لا تلتزم رحلة بخطتها.",
    ),
    "for.records": (
        "Keeps the record, and can show it.",
        "Ведёт записи и может их предъявить.",
        "يحفظ السجل، ويستطيع إبرازه.",
    ),
    "for.observer": (
        "Sees what its party sees, and says nothing that binds.",
        "Видит то же, что его сторона, и ни за что не отвечает.",
        "يرى ما يراه طرفه، ولا يقول ما يُلزم.",
    ),
    # -- lobby
    "lobby.title": ("Take a seat", "Займите место", "اجلس في مقعدك"),
    "lobby.how": (
        "Type the code from your seat card. One seat is for one person.",
        "Введите код с карточки места. Одно место — для одного человека.",
        "اكتب الرمز المدوّن على بطاقة المقعد. لكل مقعد شخص واحد.",
    ),
    "lobby.code": ("Code", "Код", "الرمز"),
    "lobby.take": ("Take this seat", "Занять место", "خذ هذا المقعد"),
    "lobby.seats": ("Seats", "Места", "المقاعد"),
    "lobby.free": ("free", "свободно", "شاغر"),
    "lobby.taken": ("taken", "занято", "مشغول"),
    "lobby.yours": ("yours", "ваше", "مقعدك"),
    "lobby.starting": (
        "The exercise is being set up. This page comes back by itself.",
        "Учение готовится. Страница обновится сама.",
        "يجري إعداد التمرين. تعود الصفحة من تلقاء نفسها.",
    ),
    "error.seat.code": (
        "No seat has this code. Compare it with your card, letter by letter.",
        "Такого кода нет. Сверьте его с карточкой по буквам.",
        "لا مقعد بهذا الرمز. قارنه ببطاقتك حرفاً حرفاً.",
    ),
    "error.seat.taken": (
        "This seat is taken. Somebody else typed its code first; ask the director.",
        "Это место занято: кто-то ввёл код раньше. Обратитесь к руководителю.",
        "هذا المقعد مشغول: سبقك من كتب رمزه. اسأل المدير.",
    ),
    "error.seat.tries": (
        "Too many wrong codes. Wait a minute.",
        "Слишком много неверных кодов. Подождите минуту.",
        "رموز خاطئة كثيرة. انتظر دقيقة.",
    ),
    # -- seat
    "seat.title": ("Your seat", "Ваше место", "مقعدك"),
    "seat.for": ("What it is for", "Для чего оно", "مهمته"),
    "seat.first": ("First", "Сначала", "أولاً"),
    "seat.desk": ("Open my desk", "Открыть рабочее место", "افتح مكتبي"),
    "seat.desk.help": (
        "It opens in a tab of its own, with your key. Come back here if you lose it.",
        "Откроется в отдельной вкладке с вашим ключом. Если вкладка потеряется, вернитесь сюда.",
        "يُفتح في علامة تبويب مستقلة ومعه مفتاحك. عد إلى هنا إن فقدته.",
    ),
    "seat.leave": ("Leave this seat", "Освободить место", "اترك هذا المقعد"),
    "seat.messages": ("Handed to you", "Передано вам", "سُلّم إليك"),
    "seat.nothing": ("Nothing yet.", "Пока ничего.", "لا شيء بعد."),
    "seat.file.help": (
        "Your planners want this flown. File it, and the other side is told; or plan it yourself at your desk.",
        "Планировщики просят выполнить этот полёт. Подайте план, и другая сторона узнает о нём, или составьте свой.",
        "يطلب المخططون تنفيذ هذه الرحلة. قدّم الخطة فيُخطر الطرف الآخر، أو خطّطها بنفسك في مكتبك.",
    ),
    "seat.file": ("File this plan", "Подать этот план", "قدّم هذه الخطة"),
    "seat.file.done": ("Filed", "Подан", "قُدّمت"),
    "seat.say.help": (
        "This is your office's to say. Say it as it stands here, when you will; or leave it to the director.",
        "Это должно исходить от вашего места. Передайте это в таком виде, когда сочтёте нужным, или предоставьте "
        "руководителю.",
        "قول هذا من شأن مقعدك. قله كما هو هنا متى شئت، أو اتركه للمدير.",
    ),
    "seat.say": ("Say this", "Передать это", "قل هذا"),
    "seat.say.done": ("Said", "Передано", "قيل"),
    "seat.ask": ("Leave it to the director", "Предоставить руководителю", "اتركه للمدير"),
    "seat.asked": ("The director was asked", "Руководителя попросили", "طُلب من المدير"),
    "task.notify": ("Issue a list of places", "Выпустить список мест", "إصدار قائمة أماكن"),
    "task.notify_movement": ("Notify a movement", "Уведомить о движении", "إخطار بحركة"),
    "task.amend_movement": ("Amend a movement", "Изменить движение", "تعديل حركة"),
    "task.standing_decision": (
        "Let your node answer by a rule",
        "Поручить узлу отвечать по правилу",
        "دع عقدتك ترد وفق قاعدة",
    ),
    "task.name": ("Name", "Имя", "الاسم"),
    "task.purpose": ("Purpose", "Цель", "الغرض"),
    "task.copies": ("To whom, how precisely", "Кому и с какой точностью", "لمن، وبأي دقة"),
    "task.limits": ("Limits", "Ограничения", "القيود"),
    "task.consent": ("Consent", "Согласие", "الموافقة"),
    "task.answer": ("Answer", "Ответ", "الرد"),
    "task.kinds": ("For", "Для", "لأنواع"),
    "task.until": ("Until", "До", "حتى"),
    "seat.time": ("Exercise time", "Время учения", "وقت التمرين"),
    "seat.paused": ("Paused", "Пауза", "متوقف مؤقتاً"),
    "seat.runs": (
        "Running, {pace} times the clock",
        "Идёт, в {pace} раза быстрее часов",
        "يجري، بسرعة {pace} أضعاف الساعة",
    ),
    "seat.debrief": ("Open the debrief", "Открыть разбор", "افتح المراجعة"),
    "plan.name": ("Name", "Имя", "الاسم"),
    "plan.title": ("Flight", "Полёт", "الرحلة"),
    "plan.callsign": ("Call sign", "Позывной", "نداء"),
    "plan.kind": ("Kind", "Вид", "النوع"),
    "plan.when": ("When", "Когда", "متى"),
    "plan.points": ("Way", "Маршрут", "المسار"),
    "plan.heights": ("Heights", "Высоты", "الارتفاعات"),
    # -- director
    "director.title": ("Director", "Руководитель", "المدير"),
    "director.enter": (
        "This page opens with the link that the host's terminal printed.",
        "Эта страница открывается по ссылке из терминала ведущего.",
        "تُفتح هذه الصفحة بالرابط الذي طُبع في طرفية المضيف.",
    ),
    "director.go": ("Start", "Начать", "ابدأ"),
    "director.on": ("Go on", "Продолжить", "تابع"),
    "director.pause": ("Pause", "Пауза", "أوقف مؤقتاً"),
    "director.pace": ("Pace", "Темп", "السرعة"),
    "director.pace.plan": ("timetable, ×{pace}", "по расписанию, ×{pace}", "حسب الجدول، ×{pace}"),
    "director.set": ("Set", "Задать", "عيّن"),
    "director.jump": ("Jump to the next step", "К следующему шагу", "اقفز إلى الخطوة التالية"),
    "director.cut": ("Cut the network", "Разорвать связь", "اقطع الشبكة"),
    "director.heal": ("Heal the network", "Восстановить связь", "أصلح الشبكة"),
    "director.is_cut": ("the network is cut", "связь разорвана", "الشبكة مقطوعة"),
    "director.open_debrief": ("Show the debrief to all", "Показать разбор всем", "اعرض المراجعة للجميع"),
    "director.close_debrief": ("Hide the debrief", "Скрыть разбор", "أخفِ المراجعة"),
    "director.reset": ("Reset", "Сбросить", "أعد من البداية"),
    "director.reset.sure": (
        "Back to the start, with fresh homes. What was said is gone; everybody keeps his seat.",
        "К началу, с чистыми записями. Сказанное исчезнет; места сохранятся.",
        "عودة إلى البداية بسجلات جديدة. يزول ما قيل، ويبقى كل في مقعده.",
    ),
    "director.seats": ("Seats", "Места", "المقاعد"),
    "director.take": ("Take", "Занять", "خذ"),
    "director.page": ("Open its desk", "Открыть рабочее место", "افتح مكتبه"),
    "director.free": ("Free", "Освободить", "حرّر"),
    "director.nobody": ("nobody", "никто", "لا أحد"),
    "director.participant": ("taken", "занято", "مشغول"),
    "director.director": ("you", "вы", "أنت"),
    "director.seen": ("heard of {s} s ago", "был на связи {s} с назад", "آخر ظهور قبل {s} ث"),
    "director.waits": ("Waits for it", "Ждёт ответа", "ينتظره"),
    "director.expected": ("Expected of", "Ожидается от", "يُنتظر من"),
    "director.steps": ("Steps", "Шаги", "الخطوات"),
    "director.done": ("Done", "Сделано", "تمّ"),
    "director.ahead": ("Ahead", "Впереди", "لاحقاً"),
    "director.now": ("Now", "Сейчас", "الآن"),
    "director.play": ("Play now", "Выполнить", "نفّذ الآن"),
    "director.pass": ("Pass over", "Пропустить", "تجاوز"),
    "director.pictures": ("Each party's picture", "Картина каждой стороны", "صورة كل طرف"),
    "director.said": ("What was said", "Что было сказано", "ما قيل"),
    "director.asked": ("{seat} leaves it to you", "{seat} предоставляет это вам", "{seat} يترك ذلك لك"),
    "director.guessing": (
        "Wrong codes again and again, from {who}. Nobody is kept out; look who sits there.",
        "Снова и снова неверные коды с {who}. Вход открыт для всех; посмотрите, кто там.",
        "رموز خاطئة مرة بعد مرة من {who}. لا يُمنع أحد من الدخول؛ انظر من هناك.",
    ),
    "director.inject": ("director", "руководитель", "المدير"),
    "director.none": ("None.", "Нет.", "لا شيء."),
    "director.cards": ("Seat cards", "Карточки мест", "بطاقات المقاعد"),
    "director.timetable": ("Timetable", "Расписание", "الجدول الزمني"),
    "director.debrief": ("Debrief", "Разбор", "المراجعة"),
    "director.for_seat": (
        "by the director, for an empty seat",
        "руководителем, за пустое место",
        "من المدير عن مقعد شاغر",
    ),
    "state.ahead": ("ahead", "впереди", "لاحقاً"),
    "state.expected": ("expected", "ожидается", "متوقَّع"),
    "state.waits": ("waits for step {n}", "ждёт шага {n}", "ينتظر الخطوة {n}"),
    "state.played": ("played", "выполнен", "نُفّذ"),
    "state.refused": ("refused", "отклонён", "رُفض"),
    "state.happened": ("happened", "состоялся", "حدث"),
    "state.otherwise": ("otherwise", "иначе", "على غير ذلك"),
    "state.passed": ("passed over", "пропущен", "تُجووز"),
    "table.operation": ("Operation", "Операция", "العملية"),
    "table.standing": ("Standing", "Статус", "الموقف"),
    "table.phase": ("Phase", "Этап", "المرحلة"),
    "table.findings": ("Findings", "Замечания", "الملاحظات"),
    # -- debrief
    "debrief.title": ("Debrief", "Разбор", "المراجعة"),
    "debrief.about": (
        "Every act that a person signed, with what stood on his page when he signed, and what others knew by then. "
        "All of it is from the records; what would have caught a failure is from the exercise.",
        "Каждый подписанный человеком акт: что он видел, когда подписывал, и что к тому времени знали другие. Всё "
        "взято из записей; что помогло бы — из учения.",
        "كل ما وقّعه شخص، وما كان أمامه حين وقّع، وما كان غيره يعلمه حتى ذلك الحين. كله من السجلات، وما كان سيمنع "
        "الإخفاق من التمرين.",
    ),
    "debrief.count": (
        "{n} decisions; in {m} of them others knew more",
        "Решений: {n}; в {m} из них другие знали больше",
        "{n} قراراً، كان غيرهم في {m} منها يعلم أكثر",
    ),
    "debrief.saw": ("What this seat could see", "Что видело это место", "ما كان يراه هذا المقعد"),
    "debrief.stood": ("It stood", "Статус был", "كان الموقف"),
    "debrief.own": ("Found by its own node", "Нашёл свой узел", "وجدته عقدته"),
    "debrief.theirs": (
        "Shown of the other side's findings",
        "Показанные замечания другой стороны",
        "ما عُرض من ملاحظات الطرف الآخر",
    ),
    "debrief.withheld": (
        "{n} more that the other side counts, and could not show",
        "ещё {n}, которые другая сторона учитывает и не могла показать",
        "{n} أخرى يحسبها الطرف الآخر ولم يستطع عرضها",
    ),
    "debrief.nothing_found": ("nothing", "ничего", "لا شيء"),
    "debrief.opened": ("Had opened", "Было открыто", "كان قد فتح"),
    "debrief.text": (
        "The exact words that were shown and signed",
        "Точный показанный и подписанный текст",
        "النص الدقيق الذي عُرض ووُقّع",
    ),
    "debrief.others": (
        "What others knew by then, and this seat did not",
        "Что другие знали к тому времени, а это место нет",
        "ما كان غيره يعلمه ولم يعلمه هذا المقعد",
    ),
    "debrief.all_known": (
        "Nothing about the same that it had not.",
        "По этому делу — ничего, чего бы оно не знало.",
        "لا شيء في الأمر نفسه لم يكن لديه.",
    ),
    "debrief.way": (
        "on its way; {party} built on it at {at}",
        "в пути; {party} опирается на это с {at}",
        "في الطريق؛ بنى عليه {party} في {at}",
    ),
    "debrief.way_never": (
        "on its way; not built on since",
        "в пути; с тех пор не использовано",
        "في الطريق؛ ولم يُبنَ عليه بعد",
    ),
    "debrief.not_told": ("told to others only", "сообщено только другим", "أُخبر به غيره فقط"),
    "debrief.found_there": (
        "found by the node of {party}, and not shown",
        "найдено узлом {party} и не показано",
        "وجدته عقدة {party} ولم تعرضه",
    ),
    "debrief.caught": ("What would have caught it", "Что помогло бы этого избежать", "ما كان سيمنعه"),
    "debrief.made": ("Made {at}, exercise time", "Составлено {at}, время учения", "أُعدّت {at} بوقت التمرين"),
    "debrief.empty": ("Nobody has signed anything yet.", "Пока никто ничего не подписал.", "لم يوقّع أحد شيئاً بعد."),
    "debrief.closed": (
        "The director has not opened the debrief yet.",
        "Руководитель ещё не открыл разбор.",
        "لم يفتح المدير المراجعة بعد.",
    ),
    # -- paper
    "paper.seat_card": ("Seat card", "Карточка места", "بطاقة مقعد"),
    "paper.address": ("Open", "Откройте", "افتح"),
    "paper.code": ("and type", "и введите", "واكتب"),
    "paper.binds": (
        "Nothing that is said here binds anybody outside the exercise.",
        "Сказанное здесь никого не обязывает за пределами учения.",
        "لا يُلزم ما يقال هنا أحداً خارج التمرين.",
    ),
    "paper.timetable": ("Timetable", "Расписание", "الجدول الزمني"),
    "paper.for_all": ("For the room", "Для всех", "للجميع"),
    "paper.for_director": (
        "For the director alone: it tells what will happen",
        "Только для руководителя: здесь сказано, что произойдёт",
        "للمدير وحده: فيه ما سيحدث",
    ),
    "paper.minute": ("Minute", "Минута", "الدقيقة"),
    "paper.time": ("Exercise time", "Время учения", "وقت التمرين"),
    "paper.who": ("Who", "Кто", "من"),
    "paper.what": ("What", "Что", "ماذا"),
    "paper.sit": (
        "Sit down, open your desk, read your card",
        "Занять места, открыть рабочие места, прочесть карточки",
        "الجلوس، وفتح المكاتب، وقراءة البطاقات",
    ),
    "paper.play": ("Play, from {a} to {b}", "Игра, с {a} по {b}", "اللعب، من {a} إلى {b}"),
    "paper.back": ("Look back together: the debrief", "Совместный разбор", "المراجعة معاً"),
    "paper.print": ("Print", "Печать", "اطبع"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue in one language."""

    language: str = "en"

    def __call__(self, key: str, **values: object) -> str:
        """Return a text, with what it names filled in."""
        text = TEXT[key][list(LANGUAGES).index(self.language)]
        return text.format(**values) if values else text

    def or_code(self, prefix: str, code: str) -> str:
        """Return a code of a list in words; one that has none, as it is spelt."""
        return self(f"{prefix}.{code}") if f"{prefix}.{code}" in TEXT else code.replace("_", " ")

    @property
    def index(self) -> int:
        """Which of a row's three sentences is this language's."""
        return list(LANGUAGES).index(self.language)

    @property
    def catalogue(self) -> Catalogue:
        """What every page says of findings, codes and notices, in this language."""
        return CATALOGUES[self.language]

    @property
    def direction(self) -> str:
        """Whether it runs from the right."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


def chosen(cookie: str, accepts: str) -> str:
    """Return the language of a browser: what was chosen there, else the first that it accepts, else English.

    >>> chosen("", "ru-RU,ru;q=0.9,en;q=0.8"), chosen("ar", "ru"), chosen("xx", "de")
    ('ru', 'ar', 'en')
    """
    if cookie in LANGUAGES:
        return cookie
    for part in accepts[:200].split(","):
        name = part.partition(";")[0].strip().partition("-")[0].lower()
        if name in LANGUAGES:
            return name
    return "en"

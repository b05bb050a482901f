"""What a step, an act, a finding or a notice is in one line, in each language: told to the director and in the debrief.

Names, ids and what somebody wrote stand as they are; codes of closed lists are words of the picture's catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entente.exercise.hosted.words import Words
from entente.exercise.language import AnyStep
from entente.joint.act import Act
from entente.joint.screening import Against, Finding
from entente.picture.catalogues import retelling
from entente.picture.catalogues.situation import Row
from entente.picture.closeness import closeness, marks_in_words
from entente.report.words import phrase

STEPS: Mapping[str, Row] = {
    "tell": ("tell {to}", "сообщить: {to}", "إبلاغ: {to}"),
    "compare": ("compare {a} and {b}", "сравнить {a} и {b}", "مقارنة {a} و{b}"),
    "adopt": ("adopt {agreement}", "принять соглашение {agreement}", "اعتماد الاتفاق {agreement}"),
    "staff": ("enrol officers under {agreement}", "внести офицеров в состав: {agreement}", "قيد الضباط: {agreement}"),
    "sign": ("sign {agreement}", "подписать соглашение {agreement}", "توقيع الاتفاق {agreement}"),
    "notify": ("notify the list {list}", "уведомить, список {list}", "الإخطار بالقائمة {list}"),
    "notify_movement": ("notify the movement {movement}", "уведомить о движении {movement}",
                        "الإخطار بالحركة {movement}"),
    "amend_movement": ("amend the movement {movement}", "изменить движение {movement}", "تعديل الحركة {movement}"),
    "report_movement": ("report {movement} {how}", "сообщить о движении {movement}: {how}",
                        "الإبلاغ عن الحركة {movement}: {how}"),
    "end_movement": ("end {movement}, {reason}", "закончить движение {movement}: {reason}",
                     "إنهاء الحركة {movement}: {reason}"),
    "open": ("open {notice}", "открыть {notice}", "فتح {notice}"),
    "acknowledge": ("acknowledge {notice}", "подтвердить {notice}", "الإقرار: {notice}"),
    "read_back": ("read {notice} back", "зачитать обратно {notice}", "القراءة للتحقق: {notice}"),
    "relay": ("relay {notice} to {unit}", "передать {notice}, кому: {unit}", "نقل {notice} إلى {unit}"),
    "load": ("{unit} has loaded {notice}", "{unit}: загружено {notice}", "{unit}: حُمّل {notice}"),
    "dispute": ("dispute {site} of {notice}", "оспорить {site}, {notice}", "الاعتراض على {site}، {notice}"),
    "propose": ("propose {operation}", "заявить {operation}", "اقتراح {operation}"),
    "change": ("change {operation}", "изменить {operation}", "تغيير {operation}"),
    "withdraw": ("withdraw {operation}", "отозвать {operation}", "سحب {operation}"),
    "end": ("end {operation}", "закончить {operation}", "إنهاء {operation}"),
    "activate": ("activate {operation} {threat}", "начать {operation} {threat}", "بدء {operation} {threat}"),
    "deviate": ("report {operation} {how}", "доложить {operation}: {how}", "الإبلاغ عن {operation}: {how}"),
    "decide": ("{answer} to {operation}: {note}", "{answer}, {operation}: {note}", "{answer}، {operation}: {note}"),
    "say_held": ("sign the draft “{held}”", "подписать проект «{held}»", "توقيع المشروع «{held}»"),
    "dissent": ("dissent from {operation}: {note}", "несогласие, {operation}: {note}", "تحفظ على {operation}: {note}"),
    "standing_decision": ("let the node answer {answer}", "поручить узлу отвечать: {answer}", "لترد العقدة: {answer}"),
    "stop": ("STOP {operation}: {note}", "СТОП (STOP) {operation}: {note}", "قف (STOP) {operation}: {note}"),
    "acknowledge_stop": ("acknowledge STOP {name}", "подтвердить СТОП (STOP) {name}", "الإقرار بأمر قف (STOP) {name}"),
    "lift_stop": ("lift STOP {name}", "снять СТОП (STOP) {name}", "رفع أمر قف (STOP) {name}"),
    "cut": ("cut the network", "разорвать связь", "قطع الشبكة"),
    "heal": ("heal the network", "восстановить связь", "إصلاح الشبكة"),
    "carry_file": ("carry a file from {sender} to {taker}", "перенести файл от {sender} к {taker}",
                   "نقل ملف من {sender} إلى {taker}"),
}  # fmt: skip
"""Each verb of the exercise language, by its tag."""

ACTS: Mapping[str, Row] = {
    "operation.propose": ("proposes {what}", "заявляет {what}", "يقترح {what}"),
    "operation.change": ("proposes a new version of {what}", "заявляет новую версию {what}",
                         "يقترح إصداراً جديداً من {what}"),
    "operation.withdraw": ("withdraws {what}", "отзывает {what}", "يسحب {what}"),
    "operation.end": ("ends {what}", "заканчивает {what}", "ينهي {what}"),
    "operation.activate": ("activates {what}", "начинает {what}", "يبدأ {what}"),
    "operation.deviate": ("reports {what} as {how}", "докладывает о {what}: {how}", "يبلغ عن {what}: {how}"),
    "decision.give": ("{answer} to {what}", "{answer}, {what}", "{answer}، {what}"),
    "dissent.give": ("dissents from {what}", "заявляет несогласие, {what}", "يتحفظ على {what}"),
    "standing_decision.give": ("gives a standing decision", "даёт постоянное решение", "يعطي قراراً دائماً"),
    "standing_decision.revoke": ("revokes a standing decision", "отзывает постоянное решение", "يسحب قراراً دائماً"),
    "stop.send": ("STOP {what}", "СТОП (STOP) {what}", "قف (STOP) {what}"),
    "stop.acknowledge": ("acknowledges STOP {what}", "подтверждает СТОП (STOP) {what}", "يقر بأمر قف (STOP) {what}"),
    "stop.lift": ("lifts STOP {what}", "снимает СТОП (STOP) {what}", "يرفع أمر قف (STOP) {what}"),
    "sites.notify": ("notifies the list {what}", "уведомляет, список {what}", "يخطر بالقائمة {what}"),
    "sites.acknowledge": ("acknowledges the list {what}", "подтверждает список {what}", "يقر بالقائمة {what}"),
    "movement.notify": ("notifies the movement {what}", "уведомляет о движении {what}", "يخطر بالحركة {what}"),
    "movement.amend": ("amends the movement {what}", "изменяет движение {what}", "يعدّل الحركة {what}"),
    "movement.acknowledge": ("acknowledges the movement {what}", "подтверждает движение {what}", "يقر بالحركة {what}"),
    "movement.report": ("reports the movement {what}", "сообщает о движении {what}", "يبلغ عن الحركة {what}"),
    "movement.end": ("ends the movement {what}", "заканчивает движение {what}", "ينهي الحركة {what}"),
    "release.terms": ("gives terms for {what}", "даёт условия, {what}", "يضع شروطاً لـ {what}"),
    "release.acknowledge": ("acknowledges the terms of {what}, and opens it", "принимает условия и открывает {what}",
                            "يقر بشروط {what} ويفتحه"),
    "ladder.read_back": ("reads {what} back", "зачитывает обратно {what}", "يقرأ {what} للتحقق"),
    "ladder.relay": ("has relayed {what} to {unit}", "передано {what}, кому: {unit}", "نقل {what} إلى {unit}"),
    "ladder.load": ("says that {unit} has loaded {what}", "сообщает: {unit}, загружено {what}",
                    "يقول إن {unit} حمّلت {what}"),
    "dispute.give": ("disputes a place of {what}", "оспаривает место, {what}", "يعترض على مكان من {what}"),
}  # fmt: skip
"""What each verb of the record says."""

BESIDE: Mapping[str, Row] = {
    "threat": ("{said}, declaring an imminent threat: {threat}", "{said}, объявляя непосредственную угрозу: {threat}",
               "{said}، معلناً خطراً داهماً: {threat}"),
    "rule": ("{said}, by its standing decision", "{said}, по постоянному решению", "{said}، بموجب قراره الدائم"),
    "note": ("{said}: {note}", "{said}: {note}", "{said}: {note}"),
    "list": ("{item}, issue {number}: acknowledged by {who}", "{item}, выпуск {number}: подтвердили {who}",
             "{item}، النشرة {number}: أقر بها {who}"),
    "sealed": ("{item}, issue {number}: not opened yet; acknowledged by {who}",
               "{item}, выпуск {number}: ещё не открыт; подтвердили {who}",
               "{item}، النشرة {number}: لم تُفتح بعد؛ أقر بها {who}"),
    "movement": ("{item}, version {number}: acknowledged by {who}", "{item}, версия {number}: подтвердили {who}",
                 "{item}، الإصدار {number}: أقر به {who}"),
    "nobody": ("nobody", "никто", "لا أحد"),
    "stop": ("STOP by {by}, {reason}: {note}", "СТОП (STOP), {by}, {reason}: {note}",
             "قف (STOP)، {by}، {reason}: {note}"),
    "stop.waits": ("{stop} (waits for {who})", "{stop} (ожидается: {who})", "{stop} (بانتظار {who})"),
    "stop.done": ("{stop} (acknowledged)", "{stop} (подтверждён)", "{stop} (أُقر به)"),
    "opened.plan": ("the plan of version {number}", "план версии {number}", "خطة الإصدار {number}"),
    "finding": ("{name}: {close}", "{name}: {close}", "{name}: {close}"),
    "marked": ("{found}; {marks}", "{found}; {marks}", "{found}؛ {marks}"),
}  # fmt: skip

TROUBLES: Mapping[str, Sequence[Row]] = {
    "director.link": (("this link was used already, or is none; the host's terminal prints the next one",
                       "ссылка уже использована или неверна; следующую печатает терминал ведущего",
                       "استُعمل هذا الرابط من قبل، أو ليس رابطاً؛ تطبع طرفية المضيف التالي"),),
    "director.none": (("this is the director's; open the link that the host's terminal printed",
                       "это страница руководителя; откройте ссылку из терминала ведущего",
                       "هذه صفحة المدير؛ افتحوا الرابط الذي طبعته طرفية المضيف"),),
    "host.form": (("a form of this page has at most 20 fields", "в форме не больше 20 полей",
                   "في النموذج 20 حقلاً على الأكثر"),
                  ("a form of this page has at most {most} bytes", "в форме не больше {most} байт",
                   "في النموذج {most} بايت على الأكثر"),
                  ("the form lacks {field}", "в форме не хватает поля {field}", "ينقص النموذج الحقل {field}")),
    "host.over": (("no step is ahead", "впереди нет шагов", "لا خطوة لاحقة"),),
    "host.pace": (("a pace is one of {paces} times the clock's", "темп: одно из {paces} относительно часов",
                   "السرعة واحدة من {paces} أضعاف الساعة"),),
    "host.refused": (("it was not said: {inner}", "не заявлено: {inner}", "لم يُقل: {inner}"),),
    "host.starting": (("the exercise is being set up; try again in a few seconds",
                       "учение готовится; повторите через несколько секунд",
                       "يجري إعداد التمرين؛ أعيدوا المحاولة بعد ثوانٍ"),),
    "host.step": (("step {number} is {state} already", "шаг {number} уже прошёл ({state})",
                   "الخطوة {number} مضت ({state})"),
                  ("there is no step {number} to play", "шага {number} нет", "لا خطوة {number} لتنفيذها"),
                  ("this is said already, or is not yours to say", "уже заявлено, или заявлять это не вам",
                   "قيل هذا، أو ليس لكم قوله")),
    "seat.code": (("no seat has this code; compare it with your card, letter by letter",
                   "такого кода нет; сверьте его с карточкой по буквам",
                   "لا مقعد بهذا الرمز؛ قارنوه ببطاقتكم حرفاً حرفاً"),),
    "seat.none": (("you have no seat, or it was freed; type the code from your card",
                   "у вас нет места, или его освободили; введите код с карточки",
                   "لا مقعد لكم، أو أُخلي؛ اكتبوا الرمز المدوّن على بطاقتكم"),),
    "seat.one": (("you sit as {seat} in this browser; leave that seat first",
                  "в этом браузере вы заняли место {seat}; сначала освободите его",
                  "أنتم في المقعد {seat} في هذا المتصفح؛ اتركوه أولاً"),),
    "seat.taken": (("somebody sits as {seat}: it is his to say, unless he asks you to",
                    "место {seat} занято, и заявлять ему, если он не попросит вас",
                    "المقعد {seat} مشغول والقول لصاحبه، ما لم يطلب منكم ذلك"),
                   ("take {seat} first; whoever sits there has its desk", "сначала займите место {seat}",
                    "خذوا المقعد {seat} أولاً؛ فالمكتب لمن يجلس فيه"),
                   ("{seat} is taken; free it first", "место {seat} занято; сначала освободите его",
                    "المقعد {seat} مشغول؛ حرّروه أولاً"),
                   ("{seat} is taken; take another seat, or ask the director to free it",
                    "место {seat} занято; займите другое или попросите руководителя освободить его",
                    "المقعد {seat} مشغول؛ خذوا غيره أو اطلبوا من المدير تحريره")),
    "seat.tries": (("too many wrong codes from this address; wait a minute, or read your card again",
                    "слишком много неверных кодов; подождите минуту или прочтите карточку ещё раз",
                    "رموز خاطئة كثيرة من هذا العنوان؛ انتظروا دقيقة، أو اقرؤوا بطاقتكم من جديد"),),
    "seat.unknown": (("there is no seat {seat}", "места {seat} нет", "لا مقعد {seat}"),),
}  # fmt: skip
"""What a hosted exercise refuses, beside what its nodes do."""


def say(words: Words, row: Row, **gaps: object) -> str:
    """Return a sentence of these tables in a language."""
    return words.catalogue.fill(row[words.index], gaps)


def step(words: Words, one: AnyStep) -> str:
    """Return what a step is, in one line."""
    fields = {name: _field(words, getattr(one, name)) for name in one.__struct_fields__}
    said = say(words, STEPS[str(one.__struct_config__.tag)], **fields)
    return said.strip().rstrip(":").strip()


def _field(words: Words, value: object) -> str:
    if isinstance(value, tuple):
        return words.catalogue.listed(map(str, value))
    text = str(value)
    return text if "/" in text or " " in text else code(words, text)


def code(words: Words, text: str, kind: str = "") -> str:
    """Return the word for a code of a closed list; in English as the reports have it."""
    return phrase(text) if words.language == "en" else words.catalogue.code(text, kind)


def act(words: Words, said: Act, note: str) -> str:
    """Return what an act says, in one line, with the note that went with it."""
    body, what = said.statement.body, said.statement.subject.removeprefix("release/").rpartition("/")[2]
    coded = {name: code(words, str(body.get(name, ""))) for name in ("answer", "how")}
    row = ACTS.get(said.statement.verb)
    told = (
        f"{said.statement.verb} {what}"
        if row is None
        else say(words, row, what=what, unit=body.get("unit", ""), **coded)
    )
    if body.get("threat"):
        told = say(words, BESIDE["threat"], said=told, threat=body["threat"])
    if said.statement.verb == "decision.give" and body.get("under"):
        told = say(words, BESIDE["rule"], said=told)
    return say(words, BESIDE["note"], said=told, note=note) if note else told


def finding(words: Words, found: Finding) -> str:
    """Tell a finding in one line."""
    catalogue = words.catalogue
    name = found.other_title or found.other
    if found.against is Against.UNPLACED:
        name = retelling.unplaced(name, catalogue)
    told = say(words, BESIDE["finding"], name=name, close=closeness(found, catalogue))
    marks = marks_in_words(found.marks, catalogue)
    return say(words, BESIDE["marked"], found=told, marks=marks) if marks else told

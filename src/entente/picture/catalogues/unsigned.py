"""What a page tells beside statements, in every language: what was found and how close, and what waits for somebody.

Nobody signs these sentences, so they have no version; a row holds one in English, Russian and Arabic, so none is
missing in one. Their gaps and facts keep the rules of the signed ones (`catalogues`).

>>> PHRASES["ru"]["closeness.unplaced"]
'измерить нельзя'
"""

from __future__ import annotations

from collections.abc import Mapping

from entente.picture.catalogues import lists, situation
from entente.picture.catalogues.situation import Row

LANGUAGES = ("en", "ru", "ar")

SENTENCES: Mapping[str, Row] = {
    # -- findings
    "closeness.unplaced": ("cannot be measured", "измерить нельзя", "لا يمكن قياسه"),
    "closeness.link": ("{count} s apart, less than agreed", "между ними {count} с, меньше согласованного",
                       "بينهما {count} ث، أقل من المتفق عليه"),
    "closeness.link_none": ("not apart at all", "промежутка нет совсем", "لا فاصل بينهما"),
    "closeness.inside": ("inside", "внутри", "في داخلها"),
    "closeness.inside_perhaps": ("inside, as far as can be told", "внутри, насколько можно судить",
                                 "في داخلها، بقدر ما يُعلم"),
    "closeness.apart": ("{gap}, {count} s apart", "{gap}, между ними {count} с", "{gap}، بينهما {count} ث"),
    "gap.both": ("{across}, {above}", "{across}, {above}", "{across}، {above}"),
    "gap.across": ("{told} of {required} NM", "{told} из {required} мор. миль", "{told} من {required} ميل بحري"),
    "gap.across_unknown": ("distance unknown", "расстояние неизвестно", "المسافة غير معلومة"),
    "gap.above": ("{told} of {required} ft", "{told} из {required} футов", "{told} من {required} قدم"),
    "gap.above_unknown": ("vertical gap unknown ({required} ft required)",
                          "промежуток по вертикали неизвестен (требуется {required} футов)",
                          "الفاصل الرأسي غير معلوم (المطلوب {required} قدم)"),
    "finding_hidden": ("{by} found something that may not be shown here: contact them",
                       "{by}: найдено то, чего здесь показать нельзя; свяжитесь с ними",
                       "{by}: وُجد ما لا يجوز عرضه هنا؛ اتصلوا بهم"),
    # -- what waits
    "wait.link": ("{peer}: not reached ({code}) since {since}", "{peer}: связи нет ({code}) с {since}",
                  "{peer}: لا اتصال ({code}) منذ {since}"),
    "wait.recovery": ("restored: nothing can be said until {peers} have answered",
                      "восстановлено из копии: ничего нельзя заявить, пока не ответят: {peers}",
                      "استُعيد من نسخة: لا يمكن قول شيء حتى يجيب: {peers}"),
    "wait.unreadable": ("a part cannot be read, and a place in it may be protected: {why}",
                        "часть не читается, и место в ней может быть защищено: {why}",
                        "جزء لا يُقرأ، وقد يكون فيه مكان محمي: {why}"),
    "wait.package_silent": ("nothing was heard from {recipient} of package {number} in time: call them",
                            "{recipient}: о пакете {number} в срок ничего не слышно; позвоните им",
                            "{recipient}: لم يُسمع شيء عن الحزمة {number} في الموعد؛ اتصلوا بهم"),
    "wait.fork": ("{origin} has signed two histories; no cover that rests on it holds",
                  "{origin}: подписаны две истории; что на них опирается, не действует",
                  "{origin}: وُقّع تاريخان؛ ولا يصح ما يستند إليهما"),
    "wait.noted": ("{why}: {note}", "{why}: {note}", "{why}: {note}"),
    "wait.stop": ("STOP by {by}, {why}", "СТОП (STOP): {by}, {why}", "قف (STOP): {by}، {why}"),
    "wait.stop_ahead": ("STOP by {by}, {why}; its entry is on its way",
                        "СТОП (STOP): {by}, {why}; его запись ещё в пути",
                        "قف (STOP): {by}، {why}؛ قيده في الطريق"),
    "wait.open_plan": ("{owner} released a plan on terms", "{owner} раскрывает план на условиях",
                       "{owner} كشف خطة بشروط"),
    "wait.open_list": ("{owner} released {called} on terms", "{owner} раскрывает {called} на условиях",
                       "{owner} كشف {called} بشروط"),
    "wait.answer": ("{owner} proposes {called}, version {version}", "{owner} предлагает {called}, версия {version}",
                    "{owner} يقترح {called}، الإصدار {version}"),
    "wait.objected": ("{called}, version {version}, was objected to", "{called}, версия {version}: есть возражение",
                      "{called}، الإصدار {version}: عليه اعتراض"),
    "wait.movement": ("{owner} notifies {called}, version {version}",
                      "{owner} уведомляет о движении: {called}, версия {version}",
                      "{owner} يخطر بحركة: {called}، الإصدار {version}"),
    "wait.held_up": ("{called}: {how} by {by}, says {party}", "{called}: {how}, кем: {by}, сообщает {party}",
                     "{called}: {how} من جانب {by}، بقول {party}"),
    "wait.list": ("{owner}'s list, issue {issue}", "{owner}: список, выпуск {issue}", "{owner}: قائمة، النشرة {issue}"),
    "wait.list_silent": ("nobody at {parties} has said anything of issue {issue} in time: call them",
                         "{parties}: о выпуске {issue} в срок ничего не сказано; позвоните им",
                         "{parties}: لم يُقل شيء عن النشرة {issue} في الموعد؛ اتصلوا بهم"),
    "wait.dispute": ("{party} disputes {site}: {reason}", "{party} оспаривает {site}: {reason}",
                     "{party} يعترض على ما سُجّل عن {site}: {reason}"),
    "wait.due": ("{count:# site|# sites} to confirm, correct or end; the first: {name}, {why}",
                 "Подтвердить, исправить или закончить, объектов: {count}; первый: {name}, {why}",
                 "مواقع للتأكيد أو التصحيح أو الإنهاء، عددها {count}؛ أولها: {name}، {why}"),
    "wait.numbered": ("{item}, no. {number}", "{item}, № {number}", "{item}، رقم {number}"),
    "wait.climb": ("{called}: {reached} here, loaded by no unit",
                   "{called}: здесь {reached}, ни одной частью не загружено",
                   "{called}: هنا {reached}، ولم تحمّله أي وحدة"),
    "wait.read_back": ("{recipient} read {called} back, and {differing} of its places differ",
                       "{recipient}: зачитано обратно {called}; отличается мест: {differing}",
                       "{recipient}: قُرئ {called} للتحقق؛ أماكن مختلفة: {differing}"),
    "wait.not_loaded": ("{called}: {recipient} has not loaded it, {reached}",
                        "{called}: {recipient}, не загружено, {reached}",
                        "{called}: {recipient}، لم يُحمّل، {reached}"),
    "wait.nothing_said": ("nothing said", "ничего не сказано", "لم يُقل شيء"),
    "wait.nothing_heard": ("nothing heard", "ничего не слышно", "لم يُسمع شيء"),
    "wait.staged": ("{name} was read, and waits to be accepted", "{name}: прочитано и ждёт принятия",
                    "{name}: قُرئت وتنتظر القبول"),
    "wait.dissent": ("{party} dissents from {called}", "{party} заявляет несогласие: {called}",
                     "{party} يتحفظ على {called}"),
}  # fmt: skip

WORDS: Mapping[str, Row] = {
    "rung.delivered": ("delivered", "доставлено", "سُلّم"),
    "rung.opened": ("opened", "открыто", "فُتح"),
    "rung.read_back": ("read back", "зачитано обратно", "قُرئ للتحقق"),
    "rung.relayed": ("relayed", "передано частям", "نُقل إلى الوحدات"),
    "rung.loaded": ("loaded", "загружено", "حُمّل"),
    "due.expired": ("expired", "срок истёк", "انتهت مدته"),
    "due.expires": ("expires", "срок истекает", "تنتهي مدته"),
    "due.not confirmed": ("not confirmed", "не подтверждён", "غير مؤكد"),
    "mark.altitude.incomparable": ("the two altitudes cannot be compared and count as overlapping",
                                   "две высоты сравнить нельзя, они считаются пересекающимися",
                                   "لا يمكن مقارنة الارتفاعين، ويُعدّان متداخلين"),
    "mark.altitude.uncertain": ("the two altitudes have different references, and the doubt between them was added",
                                "у высот разный отсчёт, прибавлена неопределённость между ними",
                                "للارتفاعين مرجعان مختلفان، وأُضيف الشك بينهما"),
    "mark.area.coordination_required": ("inside an area where entry needs coordination",
                                        "внутри района, вход в который согласуют", "داخل منطقة يلزم دخولها تنسيق"),
    "mark.area.humanitarian_corridor": ("inside a humanitarian corridor", "внутри гуманитарного коридора",
                                        "داخل ممر إنساني"),
    "mark.area.no_fly": ("inside a no-fly area", "внутри района, закрытого для полётов", "داخل منطقة حظر طيران"),
    "mark.area.others_forces_present": ("others' forces are present", "присутствуют силы других",
                                        "قوات الآخرين موجودة"),
    "mark.area.restricted": ("inside a restricted area", "внутри района с ограничениями", "داخل منطقة مقيدة"),
    "mark.link.apart_at_least": ("the two are closer in time than agreed", "по времени они ближе, чем согласовано",
                                 "هما أقرب زمناً من المتفق عليه"),
    "mark.link.not_before_end": ("it starts before the other has ended, and the agreed time after it",
                                 "начинается, пока не кончилась другая и не прошло согласованное время",
                                 "تبدأ قبل أن تنتهي الأخرى وتمر بعدها المدة المتفق عليها"),
    "mark.link.unknown": ("the linked operation is not held here", "связанной операции здесь нет",
                          "العملية المرتبطة ليست محفوظة هنا"),
    "mark.movement.held_up": (
        "the movement is held up, so that what lies ahead of it stays protected beyond its timetable",
        "движение задержано, поэтому путь впереди защищён и после его расписания",
        "الحركة متوقفة، فيبقى ما أمامها محمياً بعد موعدها"),
    "mark.movement.overdue": (
        "the movement's time is over and nobody has ended it, so that all its way stays protected",
        "время движения вышло, и никто его не закончил, поэтому защищён весь его путь",
        "انقضى وقت الحركة ولم ينهها أحد، فيبقى طريقها كله محمياً"),
    "mark.movement.unmarked_at_night": ("its vehicles have no mark that can be seen at night",
                                        "у его машин нет знака, видимого ночью", "ليس على مركباتها علامة تُرى ليلاً"),
    "mark.movement.stale": ("its newest version was not given to us; this is an older one",
                            "новейшая версия нам не передана, это более старая", "لم يُعطَ لنا أحدث إصدار؛ هذا أقدم"),
    "mark.site.disputed": ("the site is disputed, and still protected", "объект оспорен и всё ещё под защитой",
                           "على الموقع خلاف، وما زال محمياً"),
    "mark.site.duplicate": ("the site may be listed twice", "объект, возможно, записан дважды",
                            "ربما سُجّل الموقع مرتين"),
    "mark.site.ended": ("its originator has ended the site", "сообщивший об объекте закончил его",
                        "أنهى المُخطِر هذا الموقع"),
    "mark.site.humanitarian_movement": ("a humanitarian movement on its way", "гуманитарное движение в пути",
                                        "حركة إنسانية في الطريق"),
    "mark.site.expired": ("the notification has expired, and the site is still protected",
                          "срок уведомления истёк, объект всё ещё под защитой",
                          "انتهت مدة الإخطار، والموقع ما زال محمياً"),
    "mark.site.unplaced": ("the place is known and its position is not", "место известно, а его положение нет",
                           "المكان معروف وموضعه غير معروف"),
}  # fmt: skip


def _in(rows: Mapping[str, Row]) -> Mapping[str, Mapping[str, str]]:
    return {code: {key: row[nth] for key, row in rows.items()} for nth, code in enumerate(LANGUAGES)}


PHRASES, CODES = _in({**SENTENCES, **situation.SENTENCES}), _in({**WORDS, **situation.WORDS, **lists.FIELDS})

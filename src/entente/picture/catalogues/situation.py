"""What a page tells of ways out, of what changed, of the map and its links, and of the record; see `unsigned`.

A row is English, Russian, Arabic. A gap with a number may list the forms of what is counted (`plurals`).
"""

from __future__ import annotations

from collections.abc import Mapping

Row = tuple[str, str, str]

SENTENCES: Mapping[str, Row] = {
    # -- ways out
    "way.later": ("{time} later", "позже на {time}", "بعد الموعد بـ {time}"),
    "way.earlier": ("{time} earlier", "раньше на {time}", "قبل الموعد بـ {time}"),
    "way.higher": ("{height} higher", "выше на {height}", "أعلى بـ {height}"),
    "way.lower": ("{height} lower", "ниже на {height}", "أخفض بـ {height}"),
    "way.both": ("{one} and {other}", "{one} и {other}", "{one} و{other}"),
    "way.either": ("{one}, {other}", "{one}, {other}", "{one}، {other}"),
    "way.feet": ("{count} ft", "{count} футов", "{count} قدم"),
    "way.metres": ("{count} m", "{count} м", "{count} م"),
    "way.more": ("and {count} more", "и ещё {count}", "و{count} غيرها"),
    "way.quiet": ("The plan is clear as it is.", "К плану и так нет замечаний.", "لا ملاحظات على الخطة كما هي."),
    "way.barred": ("{name} bars every shift within {reach}.", "{name}: мешает любому сдвигу в пределах: {reach}.",
                   "{name}: يمنع كل إزاحة في حدود: {reach}."),
    "way.none": ("No shift within {reach} is clear of everything that is held here.",
                 "Ни один сдвиг в пределах: {reach} не расходится со всем, что здесь известно.",
                 "لا إزاحة في حدود: {reach} تتجنب كل ما هو محفوظ هنا."),
    "way.ground": ("The plan begins at the ground, so only its time was shifted.",
                   "План начинается от земли, поэтому сдвигалось только время.",
                   "تبدأ الخطة من سطح الأرض، فلم يُزَح إلا وقتها."),
    "way.unplaced": ("{name}: no shift answers it, since nobody knows where they are; ask the notifier.",
                     "{name}: сдвиг не поможет, так как неизвестно, где они; спросите уведомителя.",
                     "{name}: لا تجدي إزاحة، إذ لا يعلم أحد أين هي؛ اسألوا صاحب الإخطار."),
    "way.link": ("The timing link to {other} cannot be checked: that operation is not held here.",
                 "Связь по времени проверить нельзя, этой операции здесь нет: {other}.",
                 "لا يمكن التحقق من الارتباط الزمني: هذه العملية غير محفوظة هنا: {other}."),
    "way.left": ("{name} stays a finding: no shift within reach avoids it, and none here comes closer to it.",
                 "{name}: замечание остаётся, ни один возможный сдвиг его не снимает, и ни один здесь не ближе к нему.",
                 "{name}: تبقى الملاحظة، فلا إزاحة في المدى تتجنبها، ولا شيء من المعروض هنا أقرب إليها."),
    "way.named": ("{name} ({what})", "{name} ({what})", "{name} ({what})"),
    "way.nature": ("These are alternatives for whoever owns the plan, and decide nothing. "
                   "Whether an aircraft can fly them, and how high the ground is, was not looked at.",
                   "Это варианты для владельца плана, они ничего не решают. "
                   "Может ли воздушное судно их выполнить и какова высота местности, не проверялось.",
                   "هذه بدائل لصاحب الخطة ولا تقرر شيئاً. "
                   "ولم يُنظر هل تستطيع الطائرة تنفيذها، ولا في ارتفاع الأرض."),
    # -- what the screening calls the sites of a district that nobody has placed (`deconfliction.screening`)
    "unplaced.nowhere": (
        "{count} protected site without a position in {district}, wherever that lies",
        "{district}, неизвестно где: защищаемых объектов без координат {count}",
        "مواقع محمية بلا إحداثيات في {district} حيثما كان، عددها {count}"),
    "unplaced.nowheres": (
        "{count} protected sites without a position in {district}, wherever that lies",
        "{district}, неизвестно где: защищаемых объектов без координат {count}",
        "مواقع محمية بلا إحداثيات في {district} حيثما كان، عددها {count}"),
    "unplaced.one": ("{count} protected site without a position in {district}",
                     "{district}: защищаемых объектов без координат {count}",
                     "مواقع محمية بلا إحداثيات في {district}، عددها {count}"),
    "unplaced.more": ("{count} protected sites without a position in {district}",
                      "{district}: защищаемых объектов без координат {count}",
                      "مواقع محمية بلا إحداثيات في {district}، عددها {count}"),
    # -- what a copy says of itself (`picture.coarsen`), before whatever note goes along
    "copy.noted": ("Copy {copy}. {note}", "Экземпляр {copy}. {note}", "النسخة {copy}. {note}"),
    "copy": ("Copy {copy}.", "Экземпляр {copy}.", "النسخة {copy}."),
    # -- what changed
    "shape.circle": ("{reach} m around {centre}", "{reach} м вокруг {centre}", "{reach} م حول {centre}"),
    "shape.polygon": ("polygon of {count:# corner|# corners} from {first}",
                      "многоугольник, {count:# угол|# угла|# углов}, от {first}",
                      "مضلع من {count:# زاوية|زاوية واحدة|زاويتين|# زوايا|# زاوية|# زاوية}، أوله {first}"),
    "shape.holed": ("{shape} and {count:# hole|# holes}", "{shape}, {count:# вырез|# выреза|# вырезов}",
                    "{shape}، وفيه {count:# فجوة|فجوة واحدة|فجوتان|# فجوات|# فجوة|# فجوة}"),
    "shape.corridor": ("{reach} m either side of {count:# point|# points} from {first} to {last}",
                       "по {reach} м в стороны от линии, {count:# точка|# точки|# точек}, от {first} до {last}",
                       "{reach} م على جانبي خط من {count:# نقطة|نقطة واحدة|نقطتين|# نقاط|# نقطة|# نقطة}، "
                       "من {first} إلى {last}"),
    "shape.link": ("{kind} {other}, {minutes} min", "{kind}: {other}, {minutes} мин", "{kind}: {other}، {minutes} د"),
    "shape.passage": ("{at}, {position}", "{at}, {position}", "{at}، {position}"),
    "shape.passage_named": ("{name}, {at}, {position}", "{name}, {at}, {position}", "{name}، {at}، {position}"),
    # -- the map and its links
    "picture.past": (
        "This is what had been said by then, by each author's own clock, whenever it reached this node. Details "
        "that came later are shown with it, and what may not be opened now is not. Findings are not kept for then.",
        "Это то, что было сказано к тому времени по часам каждого автора, когда бы оно ни дошло до этого узла. "
        "Подробности, пришедшие позже, показаны вместе с ним, а то, что сейчас открывать нельзя, не показано. "
        "Замечания за то время не хранятся.",
        "هذا ما كان قد قيل حتى ذلك الحين بساعة كل قائل، متى وصل إلى هذه العقدة. تُعرض معه تفاصيل وصلت بعده، ولا يُعرض "
        "ما لا يجوز فتحه الآن. ولا تُحفظ ملاحظات ذلك الحين."),
    "picture.undisclosed": (
        "{count} of the operations were not released to us: they are listed, and not drawn.",
        "Операций, не раскрытых нам: {count}; они есть в списке, но не нарисованы.",
        "عمليات لم تُكشف لنا، عددها {count}: تُذكر في القائمة ولا تُرسم."),
    "picture.unreadable": (
        "A part of {subject} cannot be read, and a place in it may be protected: {why}",
        "{subject}: часть не читается, и место в ней может быть защищено: {why}",
        "{subject}: جزء منه لا يُقرأ، وقد يكون فيه مكان محمي: {why}"),
    "link.never": ("never reached, or carried by hand", "связи не было, или записи передаются вручную",
                   "لم يُتصل به قط، أو تُنقل السجلات باليد"),
    "link.up": ("up since {since}", "на связи с {since}", "متصل منذ {since}"),
    "link.down": ("down ({code}) since {since}", "нет связи ({code}) с {since}", "منقطع ({code}) منذ {since}"),
    "part.unreadable": ("it cannot be read", "не читается", "لا يُقرأ"),
    "stands": ("{phase}, {standing}", "{phase}, {standing}", "{phase}، {standing}"),
    "stands.final": ("{phase}, {standing}, final", "{phase}, {standing}, окончательно", "{phase}، {standing}، نهائي"),
    # -- the ladder
    "step.by_hand": ("{source}, entered by {who}", "{source}, внёс {who}", "{source}، أدخله {who}"),
    # -- the record
    "verdict.valid": ("valid", "действительна", "صحيح"),
    "verdict.waits": ("waits for what it cites", "ждёт того, на что ссылается", "ينتظر ما يستند إليه"),
    "verdict.closed": ("not for us", "не для нас", "ليس لنا"),
    "verdict.absent": ("not yet held", "ещё не получена", "لم يصل بعد"),
    "verdict.void": ("void: {why}", "недействительна: {why}", "باطل: {why}"),
    # -- errors whose sentence this version cannot tell in another language, by who can act on them
    "trouble.Refused": ("The rules here do not allow it.", "Здешние правила этого не допускают.",
                        "لا تسمح القواعد هنا بذلك."),
    "trouble.Malformed": ("What was entered cannot be read.", "Введённое не читается.", "تعذّرت قراءة ما أُدخل."),
    "trouble.Untrusted": ("It is not proven to be whose it claims to be.", "Не доказано, что это от того, кем названо.",
                          "لم يثبت أنه ممن نُسب إليه."),
    "trouble.Forked": ("Two signed histories contradict each other.",
                       "Две подписанные истории противоречат друг другу.",
                       "تاريخان موقّعان يناقض أحدهما الآخر."),
    "trouble.Unavailable": ("It cannot be done just now; try again later.",
                            "Сейчас это невозможно; повторите позже.", "لا يمكن ذلك الآن؛ أعيدوا المحاولة لاحقاً."),
    "trouble.placed": ("{where}: {sentence}", "{where}: {sentence}", "{where}: {sentence}"),
}  # fmt: skip

WORDS: Mapping[str, Row] = {
    "bars.operation": ("another operation", "другая операция", "عملية أخرى"),
    "bars.site": ("a protected site", "защищаемый объект", "موقع محمي"),
    "bars.area": ("a designated area", "обозначенный район", "منطقة معيّنة"),
    "bars.link": ("a timing link", "связь по времени", "ارتباط زمني"),
    "bars.unplaced": ("unplaced sites", "объекты без места", "مواقع بلا مكان"),
    "link.not_before_end": ("not before end", "не раньше конца", "ليس قبل نهاية"),
    "link.apart_at_least": ("apart at least", "с промежутком не меньше", "بفاصل لا يقل عن"),
    # -- how an operation stands
    "phase.planned": ("planned", "запланирована", "مخططة"),
    "phase.active": ("active", "выполняется", "جارية"),
    "phase.ended": ("ended", "закончена", "منتهية"),
    "phase.withdrawn": ("withdrawn", "отозвана", "مسحوبة"),
    "phase.nonconforming": ("not conforming", "отклонение от плана", "حائدة عن الخطة"),
    "phase.contingent": ("contingent", "нештатная", "طارئة"),
    "standing.noticed": ("noticed", "извещено", "أُخطر بها"),
    "standing.no_objection": ("no objection", "нет возражений", "لا اعتراض"),
    "standing.objected": ("objected", "есть возражение", "معترض عليها"),
    "standing.unopposed": ("unopposed", "без ответа в срок", "دون رد في الموعد"),
    "standing.notified": ("notified", "уведомлено", "أُبلغ بها"),
    "standing.concurred": ("concurred", "согласовано", "متفق عليها"),
    # -- where an error is, beside the name of a file
    "where.place": ("place", "место", "المكان"),
    "where.passage": ("passage", "точка пути", "نقطة المرور"),
    "where.volume": ("volume", "объём", "الحيز"),
    "where.row": ("row", "строка", "الصف"),
    "where.line": ("line", "строка", "السطر"),
    "where.feature": ("feature", "объект", "العنصر"),
    "where.sheet": ("sheet", "лист", "الورقة"),
    "where.vehicle": ("vehicle", "машина", "المركبة"),
    "where.plan": ("plan", "план", "الخطة"),
    "where.journey": ("journey", "путь", "الرحلة"),
    # -- verbs, as the record lists them
    "verb.agreement.sign": ("agreement signed", "подписание соглашения", "توقيع الاتفاق"),
    "verb.keys.certify": ("keys certified", "удостоверение ключей", "التصديق على المفاتيح"),
    "verb.keys.root": ("root key changed", "смена корневого ключа", "تغيير المفتاح الجذر"),
    "verb.keys.revoke": ("key revoked", "отзыв ключа", "إبطال مفتاح"),
    "verb.epoch.open": ("new epoch", "новая эпоха", "فتح عهد جديد"),
    "verb.staff.enrol": ("officer enrolled", "зачисление офицера", "قيد ضابط"),
    "verb.staff.appoint": ("officer appointed", "назначение на должность", "تعيين في منصب"),
    "verb.staff.relieve": ("officer relieved", "освобождение от должности", "إعفاء من منصب"),
    "verb.operation.propose": ("operation notified", "заявка операции", "إخطار بعملية"),
    "verb.operation.change": ("operation changed", "изменение операции", "تغيير عملية"),
    "verb.operation.withdraw": ("operation withdrawn", "отзыв операции", "سحب عملية"),
    "verb.operation.activate": ("operation begun", "начало операции", "بدء عملية"),
    "verb.operation.deviate": ("deviation reported", "доклад об отклонении", "إبلاغ عن حال عملية"),
    "verb.operation.end": ("operation ended", "конец операции", "إنهاء عملية"),
    "verb.operation.lapse": ("silence held against somebody", "ссылка на молчание", "احتساب عدم الرد"),
    "verb.decision.give": ("answer", "ответ", "رد"),
    "verb.dissent.give": ("dissent", "несогласие", "تحفظ"),
    "verb.standing_decision.give": ("standing decision", "постоянное решение", "قرار دائم"),
    "verb.standing_decision.revoke": ("standing decision withdrawn", "отзыв постоянного решения", "سحب القرار الدائم"),
    "verb.stop.send": ("STOP", "СТОП (STOP)", "قف (STOP)"),
    "verb.stop.acknowledge": ("STOP acknowledged", "подтверждение СТОП (STOP)", "إقرار بأمر قف (STOP)"),
    "verb.stop.lift": ("STOP lifted", "снятие СТОП (STOP)", "رفع أمر قف (STOP)"),
    "verb.sites.notify": ("list of sites issued", "выпуск списка объектов", "إصدار قائمة مواقع"),
    "verb.sites.acknowledge": ("list acknowledged", "подтверждение списка", "إقرار بالقائمة"),
    "verb.movement.notify": ("movement notified", "уведомление о движении", "إخطار بحركة"),
    "verb.movement.amend": ("movement amended", "изменение движения", "تعديل حركة"),
    "verb.movement.acknowledge": ("movement acknowledged", "подтверждение движения", "إقرار بحركة"),
    "verb.movement.report": ("movement reported on", "сообщение о ходе движения", "إبلاغ عن سير حركة"),
    "verb.movement.end": ("movement ended", "конец движения", "إنهاء حركة"),
    "verb.ladder.read_back": ("read back", "обратное зачитывание", "قراءة للتحقق"),
    "verb.ladder.relay": ("relayed to a unit", "передача подразделению", "نقل إلى وحدة"),
    "verb.ladder.load": ("loaded by a unit", "загрузка подразделением", "تحميل لدى وحدة"),
    "verb.dispute.give": ("dispute", "спор об объекте", "خلاف على موقع"),
    "verb.dispute.end": ("dispute ended", "конец спора", "ترك خلاف"),
    "verb.release.terms": ("release on terms", "раскрытие на условиях", "كشف بشروط"),
    "verb.release.acknowledge": ("terms acknowledged", "принятие условий", "إقرار بالشروط"),
    "verb.release.withdraw": ("release withdrawn", "отзыв раскрытия", "سحب كشف"),
    "verb.release.onward": ("consent to passing on", "согласие на передачу дальше", "موافقة على النقل"),
    "verb.release.grant": ("more released", "раскрытие дополнительного", "كشف المزيد"),
    "verb.record.reanchor": ("record anchored anew", "перепривязка журнала", "ربط السجل من جديد"),
    "verb.record.acknowledge": ("records acknowledged", "подтверждение журналов", "إقرار بالسجلات"),
    "verb.record.witnessed": ("witness's cosignature", "соподпись свидетеля", "توقيع الشاهد"),
    "verb.fork.report": ("fork reported", "сообщение о раздвоении", "إبلاغ عن تشعب"),
}  # fmt: skip

"""What is told of a list of places as it was read: what each flag found, notes, and why a row was refused.

The English of a row is the sentence as `places` and `adapters` make it, gap for gap (`retelling`); `field` stands for a
column's code, which becomes its word, and `inner` for the sentence of an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entente.picture.catalogues.situation import Row

_SAYS: Row = ("It says {text}.", "Написано: {text}.", "المكتوب: {text}.")

DETAILS: Mapping[str, Sequence[Row]] = {
    "position.unreadable": (("{text}: {inner}", "{text}: {inner}", "{text}: {inner}"),),
    "position.two": (
        ("The column of positions says {text}, {metres} m away; lat and lon were taken.",
         "В столбце координат {text}, в {metres} м отсюда; взяты широта и долгота.",
         "في عمود الإحداثيات {text}، على بعد {metres} م؛ أُخذ خطا العرض والطول."),
    ),
    "position.swapped": (
        ("The other way round, {position}, it lies where its list says.",
         "Если переставить, {position}, место там, где указано в списке.",
         "إذا عُكسا، {position}، وقع المكان حيث تذكر قائمته."),
        ("The other way round it is a position.", "Если переставить, получаются координаты.",
         "إذا عُكسا صارا موضعاً."),
    ),
    "decimals.few": (("Written {text}.", "Записано: {text}.", "كُتب: {text}."),),
    "decimals.false": (("Written with {count} decimals.", "Знаков после запятой: {count}.",
                        "عدد الخانات العشرية: {count}."),),
    "datum.other": (("Datum: {text}.", "Датум: {text}.", "المرجع الجيوديسي: {text}."),),
    "source.indirect": (("Source: {text}.", "Источник: {text}.", "المصدر: {text}."),),
    "letters.digits": (("{text} was read as {read}.", "{text} прочитано как {read}.", "قُرئ {text} على أنه {read}."),),
    "category.unknown": (_SAYS,),
    "country.unknown": (_SAYS,),
    "value.unreadable": (
        ("{field} has {count} characters; {kept} are kept.", "{field}, знаков: {count}; оставлено: {kept}.",
         "{field}، عدد الأحرف: {count}؛ أُبقي منها: {kept}."),
        ("{field} says {text}; lat and lon were taken.", "{field}: {text}; взяты широта и долгота.",
         "{field}: {text}؛ أُخذ خطا العرض والطول."),
        ("{text} is no length above zero in metres.", "{text}: не длина в метрах больше нуля.",
         "{text}: ليس طولاً بالأمتار أكبر من الصفر."),
        ("{field} says {text}, which is none of {known}.", "{field}: {text}; известны только: {known}.",
         "{field}: {text}؛ المعروف فقط: {known}."),
        ("{field} says both marks and none; the marks are kept.", "{field}: и знаки, и «нет»; знаки оставлены.",
         "{field}: ذُكرت علامات وذُكر أن لا علامات؛ أُبقيت العلامات."),
        ("{field} says {text}; write 2026-11-22, or with a time and its zone.",
         "{field}: {text}; пишите 2026-11-22 или со временем и поясом.",
         "{field}: {text}؛ اكتبوا 2026-11-22، أو مع الوقت ومنطقته."),
    ),
    "text.unseen": (("{field} holds {signs}.", "{field}: {signs}.", "{field}: {signs}."),),
    "cell.formula": (
        ("No value was kept: open the list in a spreadsheet, save it, and read it again.",
         "Значения не сохранилось: откройте список в редакторе таблиц, сохраните и прочитайте снова.",
         "لم تُحفظ قيمة: افتحوا القائمة في برنامج جداول واحفظوها ثم اقرؤوها من جديد."),
    ),
    "id.repeated": (("Id {id}.", "Номер {id}.", "الرقم {id}."),),
    "country.outside": (
        ("It lies about {km} km outside {country}. With the longitude's sign changed it lies inside.",
         "Это примерно в {km} км за пределами: {country}. С другим знаком долготы место внутри.",
         "يقع على نحو {km} كم خارج {country}. ولو غُيّرت إشارة خط الطول لوقع في داخلها."),
        ("It lies about {km} km outside {country}. With the latitude's sign changed it lies inside.",
         "Это примерно в {km} км за пределами: {country}. С другим знаком широты место внутри.",
         "يقع على نحو {km} كم خارج {country}. ولو غُيّرت إشارة خط العرض لوقع في داخلها."),
        ("It lies about {km} km outside {country}. With both signs changed it lies inside.",
         "Это примерно в {km} км за пределами: {country}. С другими знаками обеих координат место внутри.",
         "يقع على نحو {km} كم خارج {country}. ولو غُيّرت الإشارتان لوقع في داخلها."),
        ("It lies about {km} km outside {country}.", "Это примерно в {km} км за пределами: {country}.",
         "يقع على نحو {km} كم خارج {country}."),
    ),
    "district.far": (
        ("None of the {count} other places of {district} lies within {km} km of it.",
         "Ближе {km} км от него нет ни одного из других мест, их {count}: {district}.",
         "لا يقع على أقل من {km} كم منه أي من الأماكن الأخرى، وعددها {count}، في {district}."),
    ),
    "settlement.far": (
        ("{settlement} lies {km} km away, by the gazetteer.", "По справочнику отсюда {km} км: {settlement}.",
         "على بعد {km} كم بحسب فهرس الأماكن: {settlement}."),
    ),
    "duplicate.near": (("{name} is {metres} m away.", "{name}: в {metres} м.", "{name}: على بعد {metres} م."),),
    "duplicate.across": (
        ("{name} of list {list} has this name in this district.",
         "Список {list}: {name}, то же название в том же районе.",
         "القائمة {list}: {name}، بالاسم نفسه في الناحية نفسها."),
        ("{name} of list {list} is {metres} m away.", "Список {list}: {name}, в {metres} м.",
         "القائمة {list}: {name}، على بعد {metres} م."),
    ),
    "point.shared": (
        ("With {names} and {count} more.", "Вместе с: {names} и ещё {count}.", "مع: {names} و{count} غيرها."),
        ("With {names}.", "Вместе с: {names}.", "مع: {names}."),
    ),
}  # fmt: skip

NOTES: Sequence[Row] = (
    ("it repeats the header", "повторяет заголовок", "يكرر سطر العناوين"),
    ("it has no name, no id and no position", "нет ни названия, ни номера, ни координат", "لا اسم له ولا رقم ولا موضع"),
    ("a line of remarks", "строка с примечанием", "سطر ملاحظات"),
    ("the workbook holds macros; they were not read and nothing of them was run",
     "в книге есть макросы; они не читались и не выполнялись", "في المصنف وحدات ماكرو؛ لم تُقرأ ولم يُشغّل منها شيء"),
    ("the workbook refers to other files; they were not looked for", "книга ссылается на другие файлы; их не искали",
     "يشير المصنف إلى ملفات أخرى؛ لم يُبحث عنها"),
    ("sheet {title} was read; there is also {others}", "прочитан лист {title}; есть ещё: {others}",
     "قُرئت الورقة {title}؛ وهناك أيضاً: {others}"),
    ("cells with formulas give the value that was computed when the workbook was last saved",
     "ячейки с формулами дают значение, вычисленное при последнем сохранении книги",
     "الخلايا ذات الصيغ تعطي القيمة المحسوبة عند آخر حفظ للمصنف"),
    ("read as {encoding}", "прочитано как {encoding}", "قُرئ بترميز {encoding}"),
    ("lines that are not UTF-8 were read as {encoding}; if letters look wrong, say --encoding",
     "строки не в UTF-8 прочитаны как {encoding}; если буквы неверны, укажите кодировку",
     "قُرئت الأسطر التي ليست UTF-8 بترميز {encoding}؛ إن بدت الحروف خاطئة فاذكروا الترميز"),
    ("{where}: {inner}; it is kept, not placed", "{where}: {inner}; записано, но не нанесено",
     "{where}: {inner}؛ سُجّل ولم يُحدد موضعه"),
)  # fmt: skip

FIELDS: Mapping[str, Row] = {
    "field.id": ("id", "номер", "الرقم"),
    "field.pcode": ("place code", "код места", "رمز المكان"),
    "field.name": ("name", "название", "الاسم"),
    "field.category": ("kind of place", "вид объекта", "نوع الموقع"),
    "field.lat": ("latitude", "широта", "خط العرض"),
    "field.lon": ("longitude", "долгота", "خط الطول"),
    "field.position": ("position", "координаты", "الموضع"),
    "field.uncertainty_m": ("uncertainty, m", "неточность, м", "عدم الدقة، م"),
    "field.datum": ("datum", "датум", "المرجع الجيوديسي"),
    "field.position_source": ("source of the position", "источник координат", "مصدر الموضع"),
    "field.country": ("country", "страна", "البلد"),
    "field.region": ("region", "область", "الإقليم"),
    "field.district": ("district", "район", "الناحية"),
    "field.settlement": ("settlement", "населённый пункт", "البلدة"),
    "field.source_grade": ("grade of the source", "оценка источника", "درجة المصدر"),
    "field.verifier": ("verified by", "кем проверено", "تحقق منه"),
    "field.method": ("how it was verified", "как проверено", "طريقة التحقق"),
    "field.confirmed_by": ("confirmed by", "кем подтверждено", "أكده"),
    "field.confirmed_at": ("confirmed", "подтверждено", "تاريخ التأكيد"),
    "field.expires_at": ("expires", "срок действия", "تنتهي مدته"),
    "field.consent": ("consent", "согласие", "الموافقة"),
    "field.day_marks": ("marks by day", "знаки днём", "علامات النهار"),
    "field.infrared_marks": ("infrared marks", "инфракрасные знаки", "علامات الأشعة تحت الحمراء"),
    "field.note": ("note", "примечание", "ملحوظة"),
}  # fmt: skip
"""The columns of a list (`places.columns.FIELDS`)."""

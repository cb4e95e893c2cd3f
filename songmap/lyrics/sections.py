"""How transcribers name the parts of a song, in the languages in which they do."""

import regex

# Words that mean a part of a song and little else.
_TERMS = (
    # English
    *("intro", "verse", "chorus", "pre-?chorus", "pre chorus", "post-?chorus", "refrain", "pre-?refrain"),
    *("outro", "interlude", "instrumental break", "(?:guitar|piano|sax|drum|bass|violin|trumpet) solo"),
    # Spanish, Portuguese, French, Italian, Romanian
    *("introducción", "estribillo", "(?:pre|post)-?estribillo", "(?:pre|post)-?coro", "interludio"),
    *("introdução", "refrão", "(?:pré|pós)-?refrão", "interlúdio", "couplet", "(?:pré|post)-?refrain"),
    *("ritornello", "(?:pre|post)-?ritornello", "strofă", "solo de (?:guitarra|guitare|piano)"),
    # German, Dutch, Danish, Norwegian, Swedish, Finnish, Hungarian
    *(
        "kehrreim",
        "zwischenspiel",
        "refrein",
        "omkvæd",
        "refreng",
        "refräng",
        "säkeistö",
        "kertosäe",
        "refrén",
    ),
    # Polish, Czech, Slovak, Serbian, Croatian, Russian, Ukrainian, Bulgarian, Greek, Turkish
    *("zwrotka", "refren", "przedrefren", "sloka", "sloha", "pripjev", "pripev", "куплет", "припев"),
    *("(?:пред|пост)-?припев", "приспів", "интро", "аутро", "проигрыш", "рефрен"),
    *("κουπλέ", "ρεφρέν", "nakarat"),
    # Indonesian, Vietnamese, Arabic, Hebrew, Hindi, Chinese, Japanese, Korean
    *("reff", "điệp khúc", "phiên khúc", "المقطع", "اللازمة", "الكورس", "פזמון", "मुखड़ा", "अंतरा"),
    *("副歌", "主歌", "前奏", "间奏", "間奏", "尾奏", "サビ", "[AB]メロ", "コーラス", "イントロ", "アウトロ"),
    *("후렴", "벌스", "브릿지"),
)
# Words that are also sung: a header in brackets, with a number or with a colon.
_WORDS = (
    *("hook", "bridge", "break(?:down)?", "coda", "skit", "fade out", "instrumental", "estrofa", "estrofe"),
    *("verso", "coro", "puente", "ponte", "pont", "strofa", "intermezzo", "tornada", "strophe", "vers"),
    *("brygga", "väliosa", "verze", "строфа", "бридж", "στροφή", "γέφυρα", "bölüm", "köprü", "bait", "בית"),
)
_NUMBER = r"\s*[#.]?\s*(?:\d{1,2}|[ivx]{1,4})"
TIMES = r"(?:[x×]\s?\d{1,3}|\d{1,3}\s?[x×])"
"""How often a line or a part is sung: x4, 2 x."""

_TIMES = rf"(?:\s*\(?{TIMES}\)?)"
_TERM = rf"(?:repeat )?(?:{'|'.join(_TERMS)})"
_ANY = rf"(?:repeat )?(?:{'|'.join(_TERMS + _WORDS)})"
_PART = rf"{_ANY}(?:{_NUMBER})?{_TIMES}?"

SECTION = regex.compile(
    rf"^(?:[\[［【](?!{TIMES}\])[^\[\]［］【】]*[\]］】]\s?[:：]?\s?)+$"  # any line in square brackets
    rf"|^[\[［【]\s*{_PART}\s*(?:[:：,–-][^\]］】]*)?[\]］】]\s*[:：]?"  # [Chorus: Artist] words
    rf"|^[(（{{<]\s*{_PART}\s*(?:[:：,–-][^()（）]*)?[)）}}>]\s*[:：]?"  # (Chorus) words
    rf"|^{_PART}\s*[:：](?!\S)"  # Chorus: words
    rf"|^{_TERM}{_TIMES}?$"  # Chorus
    rf"|^{_ANY}(?:{_NUMBER}{_TIMES}?|{_TIMES})[.]?$",  # Bridge 2
    regex.IGNORECASE,
)
"""What at the start of a line, or as the whole of it, names a part of the song."""

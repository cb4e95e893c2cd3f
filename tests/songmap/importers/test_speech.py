import csv
import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from songmap.catalogue.song_folder import read_song_folder
from songmap.errors import DataError
from songmap.files import read_csv
from songmap.importers import speech
from songmap.importers.speech import import_speech
from songmap.importers.voices import Speaker, speaker, voices
from tests.songmap.importers.programs import contents, flacs, kill_half_way, stand_in

pytestmark = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
HEADER = ("track_name", "lyrics", "genre", "language")
WORDS = "love me in the night and I will be with you forever and a day my dear friend"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lyrics.csv"


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "songs"


def write(file: Path, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([header, *rows])


def log_of(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in for espeak-ng on PATH that logs the words it is to speak, then runs the script."""
    real = shutil.which("espeak-ng")
    lines = [
        f'test "$1" = --voices && exec {real} --voices',
        f"cat > {tmp_path}/$$; cat {tmp_path}/$$ >> {tmp_path}/log",
        f'{script}\nexec {real} "$@" < {tmp_path}/$$',
    ]
    stand_in(tmp_path / "bin", "espeak-ng", "\n".join(lines), monkeypatch)
    return tmp_path / "log"


def test_each_song_is_spoken_in_its_language(file: Path, dest: Path) -> None:
    rows = [
        ("Love, & more", WORDS, " rock ", "English"),
        ("হাই", "আমি তোমায় ভালোবাসি রাতের আকাশে চাঁদের আলো", "Pop", "Bangla"),
        ("Samba", "eu te amo na noite da lua cheia meu amor", "Bossa", "pt-BR"),
        ("गीत", "मैं तुमसे प्यार करता हूं और रात में चांद देखता हूं", "Pop", "hi"),
    ]
    write(file, *rows)
    outcome = import_speech(dest, file=file, seconds=2)
    assert (outcome.tracks, outcome.skipped, outcome.notes) == (4, [], [])
    catalogue = read_song_folder(dest)
    assert not catalogue.rejected
    assert [track.language for track in catalogue.tracks] == ["en", "bn", "pt", "hi"]
    assert [track.lyrics for track in catalogue.tracks] == [row[1] for row in rows]
    assert [track.genre for track in catalogue.tracks] == ["rock", "Pop", "Bossa", "Pop"]
    first = catalogue.tracks[0]
    assert (first.track_id, first.title) == ("00002-Love,-&-more", "Love, & more")
    for track in catalogue.tracks:
        info = sf.info(dest / track.path)
        assert (info.format, info.subtype) == ("FLAC", "PCM_16")
        assert 1.5 < info.duration <= 2


def test_the_voice_is_that_of_the_language(file: Path, dest: Path, tmp_path: Path) -> None:
    write(file, ("a", WORDS, "", "en"), ("b", WORDS, "", "pt-BR"), ("c", WORDS, "", "pt"))
    import_speech(dest, file=file, seconds=2)
    sounds = [sf.read(path)[0] for path in sorted(dest.glob("audio/*"))]
    english, brazilian, portuguese = (sound[:40_000] for sound in sounds)
    assert not np.array_equal(english, brazilian) and not np.array_equal(brazilian, portuguese)


def test_speech_is_cut_and_long_words_cost_little(file: Path, dest: Path) -> None:
    write(file, ("a", (WORDS + "\n") * 5_000, "", "en"))
    import_speech(dest, file=file, seconds=3.5)
    assert sf.info(dest / "audio/00002-a.flac").duration == pytest.approx(3.5, abs=1e-3)


@pytest.mark.parametrize("language", ["en", "fr", "es", "vi", "de"])
def test_fast_languages_are_not_cut_short(file: Path, dest: Path, language: str) -> None:
    words = {
        "fr": "je t'aime mon amour dans la nuit de pluie et de lumière",
        "vi": "anh yêu em trong đêm mưa và trăng",
    }
    write(file, ("a", f"{words.get(language, WORDS)} " * 100, "", language))
    import_speech(dest, file=file, seconds=20)
    assert sf.info(dest / "audio/00002-a.flac").duration == pytest.approx(20, abs=1e-3)


def test_the_same_table_gives_the_same_bytes(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, *[(f"song {i}", f"{WORDS} {i}", "", "en") for i in range(5)])
    for name, processes in (("one", 1), ("two", 4)):
        monkeypatch.setattr("songmap.importers.programs.available", lambda n=processes: n)
        import_speech(tmp_path / name, file=file, seconds=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_markup_and_control_characters_are_not_spoken(
    file: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(tmp_path, "", monkeypatch)
    lyrics = f"[Chorus]\n<b>one</b> &lt;i&gt;&amp; two [[w3:ld]] \x01\x1b\u202e{WORDS} &#1; <speak [ >"
    write(file, ("a", lyrics, "", "en"))
    import_speech(dest, file=file, seconds=10)
    spoken = log.read_text()
    assert " ".join(spoken.split()) == f"one & two {WORDS}"
    assert "[Chorus]" in read_csv(dest / "tracks.csv")[0]["lyrics"]


def test_what_cannot_be_spoken_costs_one_row(file: Path, dest: Path) -> None:
    good = ("good", WORDS, "", "en")
    bad = {
        "no language: give one in the table, or --voice": ("a", WORDS, "", " "),
        "language 'Gibberish' is not known": ("b", WORDS, "", "Gibberish"),
        "no voice of espeak-ng speaks 'Nauru'": ("c", WORDS, "", "Nauru"),
        "no words to speak": ("d", "♫ [Instrumental] ♫", "", "en"),
        "speech of 0.": ("e", "a", "", "en"),
        "lyrics too large": ("f", "a " * 2**20, "", "en"),
        "lyrics name a file": ("g", "words.txt", "", "en"),
    }
    write(file, good, *bad.values())
    with file.open("a") as opened:
        opened.write("a,row,of three\n")
    outcome = import_speech(dest, file=file, seconds=2)
    assert outcome.tracks == 1
    assert len(outcome.skipped) == len(bad) + 1
    reasons = [f"{item.what}: {item.reason}" for item in outcome.skipped]
    for start in (*bad, "has 3 fields"):
        assert any(f": {start}" in reason for reason in reasons), start
    assert len(read_csv(dest / "skipped.csv")) == len(reasons)


def test_a_voice_reads_songs_without_a_language(file: Path, dest: Path) -> None:
    write(file, ("a", WORDS, "", ""), ("b", WORDS, "", "de"))
    outcome = import_speech(dest, file=file, voice="English", seconds=2)
    assert [row["language"] for row in read_csv(dest / "tracks.csv")] == ["en", "de"]
    with pytest.raises(DataError, match="language 'elvish' is not known"):
        import_speech(dest, file=file, voice="elvish", replace=True)
    assert outcome.skipped == []


def test_genre_and_language_may_be_absent(file: Path, dest: Path) -> None:
    write(file, ("a", WORDS, "Rock"), header=("track_name", "lyrics", "genre"))
    with pytest.raises(DataError, match="no language: give one in the table, or --voice"):
        import_speech(dest, file=file, seconds=2)
    import_speech(dest, file=file, voice="en", seconds=2)
    (row,) = read_csv(dest / "tracks.csv")
    assert (row["genre"], row["language"]) == ("Rock", "en")
    write(file, ("a", WORDS), header=("track_name", "lyrics"))
    assert import_speech(dest, file=file, voice="en", seconds=2, replace=True).tracks == 1


def test_a_close_language_lends_its_voice_and_is_named(file: Path, dest: Path) -> None:
    write(file, ("a", "eu quérote moito na noite de lúa chea", "", "Galician"))
    outcome = import_speech(dest, file=file, seconds=2)
    assert outcome.notes == ["language 'gl' is read by the voice of a close one, 'es'"]
    assert read_csv(dest / "tracks.csv")[0]["language"] == "gl"


def test_ids_are_kept_and_their_files_stay_inside(file: Path, dest: Path) -> None:
    ids = ["plain", "../../up", "a/b", "A/B", ".hidden", "長" * 300, ".", "x\ty", "plain", "z" * 1001]
    rows = [("", f"{i} {WORDS}", "", "en", name, "Me") for i, name in enumerate(ids)]
    write(file, *rows, header=(*HEADER, "track_id", "artist"))
    outcome = import_speech(dest, file=file, seconds=2)
    catalogue = read_song_folder(dest)
    assert not catalogue.rejected
    assert {track.track_id for track in catalogue.tracks} == {*ids[:7], "x y"}
    assert {track.path for track in catalogue.tracks} >= {
        "audio/plain.flac",
        "audio/_..-..-up.flac",
        "audio/_.flac",
    }
    assert {track.artist for track in catalogue.tracks} == {"Me"}
    assert [item.reason.split(":")[0] for item in outcome.skipped] == [
        "track_id 'plain' is an earlier row's",
        "id too long",
    ]


def test_an_id_stays_free_until_a_row_is_accepted(file: Path, dest: Path) -> None:
    rows = [("bad", "", "", "en", "x"), ("good", WORDS, "", "en", "x"), ("late", WORDS, "", "en", "x")]
    write(file, *rows, header=(*HEADER, "track_id"))
    outcome = import_speech(dest, file=file, seconds=2)
    assert [row["title"] for row in read_csv(dest / "tracks.csv")] == ["good"]
    reasons = ["no words to speak", "track_id 'x' is an earlier row's"]
    assert [item.reason for item in outcome.skipped] == reasons


def test_a_failing_or_hanging_espeak_costs_one_row(
    file: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, *[(name, f"{name} {WORDS}", "", "en") for name in ("good", "fail", "crash", "hang", "mute")])
    script = f"""case $(cat {tmp_path}/$$) in
        fail*) echo 'Error: no voice' >&2; exit 1;; crash*) kill -SEGV $$;;
        hang*) exec sleep 60;; mute*) exit 0;;
    esac"""
    log_of(tmp_path, script, monkeypatch)
    monkeypatch.setattr(speech, "_TIME_LIMIT", 1.0)
    outcome = import_speech(dest, file=file, seconds=2)
    assert {item.what[6:]: item.reason for item in outcome.skipped} == {
        "fail": "espeak-ng: Error: no voice",
        "crash": "espeak-ng: ended with exit code -11 and no message",
        "hang": "espeak-ng took more than 1 s",
        "mute": "speech of 0.00 s, must be at least 1 s",
    }
    assert [row["title"] for row in read_csv(dest / "tracks.csv")] == ["good"]


def test_without_espeak_it_says_how_to_install_it(
    file: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, ("a", WORDS, "", "en"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="espeak-ng is not installed: on Debian, apt install espeak-ng"):
        import_speech(dest, file=file)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("seconds", [0.5, -1, 3601, float("nan")])
def test_seconds_out_of_range_are_refused(file: Path, dest: Path, seconds: float) -> None:
    with pytest.raises(DataError, match="must be from 1 to 3600"):
        import_speech(dest, file=file, seconds=seconds)


def test_a_full_disk_ends_the_import(file: Path, dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    write(file, ("a", WORDS, "", "en"))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            import_speech(dest, file=file, seconds=2)
    assert not dest.exists()
    assert import_speech(dest, file=file, seconds=2).tracks == 1


KILLED = """
from pathlib import Path
from songmap.importers.speech import import_speech
import_speech(Path({!r}), file=Path({!r}), seconds=2)
"""


def test_a_killed_import_goes_on_without_speaking_again(
    file: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, *[(f"song{i}", f"{WORDS} {i}", "", "en") for i in range(8)])
    import_speech(tmp_path / "whole", file=file, seconds=2)
    log = log_of(tmp_path, "sleep 0.3", monkeypatch)
    staging = dest.with_name(".songs.importing")
    kill_half_way(KILLED.format(str(dest), str(file)), staging, finished=2)
    assert not dest.exists()
    done = flacs(staging)
    assert 2 <= len(done) < 8
    log.unlink()
    assert import_speech(dest, file=file, seconds=2).tracks == 8
    assert log.read_text().count("forever") == 8 - len(done)
    assert flacs(dest) | done == flacs(dest)
    assert contents(dest) == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        *[("en", "en en"), ("EN", "en en"), ("eng", "en en"), ("english ", "en en"), ("en-US", "en en-us")],
        *[("pt", "pt pt"), ("pt_BR", "pt pt-br"), ("Brazilian Portuguese", "pt pt-br"), ("Bangla", "bn bn")],
        *[("iw", "he he"), ("Mandarin", "zh cmn"), ("Español", "es es"), ("हिन्दी", "hi hi"), ("nn", "nn nb")],
        *[
            ("sr-Latn", "sr hbs"),
            ("uz-Cyrl", "uz uz"),
            ("fil", ""),
            ("xx", ""),
            ("und", ""),
            ("und-Latn", ""),
        ],
        *[("jp", ""), ("gsw-cmn-Latn-001", ""), ("-v", ""), ("\0", ""), ("\udce9", "")],
    ],
)
def test_languages_by_code_and_name(language: str, expected: str) -> None:
    known = voices()
    if not expected:
        with pytest.raises(DataError, match=r"is not known|no voice"):
            speaker(language, known)
        return
    found = speaker(language, known)
    assert f"{found.language} {found.voice}" == expected


@given(st.text(max_size=30) | st.from_regex(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}", fullmatch=True))
def test_any_text_is_a_language_or_none(language: str) -> None:
    try:
        found = speaker(language, {"en": "en", "pt-BR": "pt-br"})
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(found, Speaker) and found.voice in ("en", "pt-br")

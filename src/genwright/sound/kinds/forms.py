"""Forms of files that hold sound and music, and what reads and writes them."""

from ...kinds.formats.form import Form

IN_SOUND = "genwright.sound.kinds.audio."
IN_MUSIC = "genwright.sound.kinds.music."
WAV = f"{IN_SOUND}sound_files:open_wav"
SOUNDFILE = f"{IN_SOUND}sound_files:open_by_soundfile"
SOUND_FORMS = (
    Form("audio", "WAV", (".wav", ".wave"), WAV, b"RIFF....WAVE",
         writers=(f"{IN_SOUND}sound_files:wav_bytes", f"{IN_MUSIC}music_files:join_sound")),
    Form("audio", "FLAC", (".flac",), SOUNDFILE, b"fLaC", "soundfile", "audio",
         writers=(f"{IN_SOUND}sound_files:flac_bytes",)),
    Form("audio", "AIFF", (".aiff", ".aif", ".aifc"), SOUNDFILE, b"FORM....AIF[FC]", "soundfile", "audio"),
    Form("audio", "Ogg", (".ogg", ".oga", ".opus"), SOUNDFILE, b"OggS", "soundfile", "audio", name="lossy"),
    Form("audio", "MP3", (".mp3",), SOUNDFILE, rb"ID3[\x02-\x04]|\xff[\xf2\xf3\xfa\xfb]", "soundfile", "audio",
         name="lossy"),
    Form("audio", "sound in a rarer form", (
        ".au", ".snd", ".caf", ".w64", ".rf64", ".voc", ".sph", ".nist", ".ircam", ".sf", ".avr", ".svx", ".8svx",
        ".paf", ".pvf", ".xi"), SOUNDFILE, rb"\.snd\0|caff\0|riff\x2e\x91|RF64", "soundfile", "audio"),
)  # fmt: skip
SCORE = f"{IN_MUSIC}score_files:read_score"
MUSIC_FORMS = (
    Form("music", "MIDI", (".mid", ".midi"), f"{IN_MUSIC}music_files:read_midi", b"MThd", "mido", "music",
         writers=(f"{IN_MUSIC}music_files:join_midi",)),
    *(Form("music", called, suffixes, SCORE, "", "music21", "scores", name=name) for called, suffixes, name in (
        ("a score in MusicXML", (".musicxml", ".xml", ".mxl"), "musicxml"), ("tunes in ABC", (".abc",), "abc"),
        ("a score in Kern", (".krn", ".kern"), "humdrum"), ("a score in MEI", (".mei",), "mei"),
        ("a score of Capella", (".capx",), "capella"), ("a score of NoteWorthy", (".nwctxt",), "noteworthytext"),
        ("a score in TinyNotation", (".tntxt",), "tinynotation"))),
    Form("music", "pieces as JSON", (".json",), f"{IN_MUSIC}piano_rolls:pieces_of", packed=True),
)  # fmt: skip
FORMS = (*SOUND_FORMS, *MUSIC_FORMS)
WRITERS = {".npz": (f"{IN_MUSIC}music_files:join_arrays",)}  # of forms that other kinds read too
PARSED_BY_OTHERS = (WAV, SOUNDFILE, SCORE)
SLOW_READERS = {SCORE: 400.0, f"{IN_MUSIC}music_files:read_midi": 6.0, SOUNDFILE: 6.0}

"""Forms of files that hold clips, and what reads and writes them."""

from ...kinds.formats.form import Form

IN_CLIPS = "genwright.motion.kinds."
FORMS = tuple(
    Form("clips", called, suffixes, f"{IN_CLIPS}clip_files:read_video", begin, "av", "video", name=name,
         writers=writers)
    for called, suffixes, begin, name, writers in (
        ("a video in MP4", (".mp4", ".m4v", ".mov"), rb".{4}(ftyp(mp4|iso[m\d]|avc1|M4V|dash|qt  )|moov|wide)", "mov",
         (f"{IN_CLIPS}clip_files:write_mp4",)),
        ("a video in Matroska", (".mkv", ".webm"), rb"\x1aE\xdf\xa3", "matroska", ()),
        ("a video in AVI", (".avi",), rb"RIFF....AVI ", "avi", ()))
)  # fmt: skip
WRITERS = {  # of forms that other kinds read too
    ".npz": (f"{IN_CLIPS}clip_files:write_arrays",),
    ".png": (f"{IN_CLIPS}clip_files:write_apng",),
    ".gif": (f"{IN_CLIPS}clip_files:write_gif",),
}
PARSED_BY_OTHERS = (f"{IN_CLIPS}clip_files:read_video",)
SLOW_READERS = {f"{IN_CLIPS}clip_files:read_video": 20.0}

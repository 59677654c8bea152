# Tests motion/kinds/clip_files.py, motion/kinds/domain.py, motion/kinds/kind.py, motion/kinds/load.py,
#   motion/kinds/named.py, motion/networks/clips.py
"""Clips: what is read of files and arrays, how frames become equally many, and clips drawn by code."""

import io
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from PIL import Image

import genwright
from genwright.core.errors import DataError
from genwright.kinds.load import read_items
from genwright.kinds.values.several_texts import several
from genwright.motion.kinds.clip_files import animation, is_clip_shape, mp4_bytes
from genwright.motion.kinds.domain import share_that_moves
from genwright.motion.kinds.named import FRAMES, SIDE, bounce, moving_digits, moving_shapes


def spots(n, frames, side=16, channels=1):
    """A bright square that moves by a pixel a frame."""
    clips = np.zeros((n, frames, side, side, channels), np.uint8)
    for k, clip in enumerate(clips):
        for t, frame in enumerate(clip):
            frame[k % 8 : k % 8 + 4, t % 12 : t % 12 + 4] = 255
    return clips


@pytest.fixture
def folder(tmp_path):
    """Twelve GIFs of four to six frames, a still one, and a text."""
    root = tmp_path / "gifs"
    root.mkdir()
    for k, clip in enumerate(spots(12, 6)):
        (root / f"{k:02}.gif").write_bytes(animation(clip[: 4 + k % 3], 20.0, "GIF"))
    Image.fromarray(spots(1, 1)[0, 0, :, :, 0]).save(root / "still.gif")
    (root / "notes.md").write_text("no clip")
    return root


def test_a_folder_of_gifs_is_clips_whose_frames_are_counted(folder):
    data = genwright.load_data(folder)
    said = " ".join(data.describe())
    assert data.kind == "clips" and data.domain.size == (5, 16, 16, 1) and data.domain.rate == 20.0
    for part in ("4 of 12 clips cut", "4 of 12 clips padded", "1 of 13 clips left out", "one frame"):
        assert part in said, said
    assert sum(data.sizes.values()) == 12


@pytest.mark.parametrize("way, frames", [("cut", 4), ("pad", 6), ("3", 3)])
def test_frames_are_fitted_as_named(folder, way, frames):
    assert genwright.load_data(folder, frames=way).domain.frames == frames


def test_a_padded_clip_stays_at_its_last_frame(folder):
    clips = np.concatenate([np.asarray(part) for part in genwright.load_data(folder, frames="pad").items.values()])
    still = (clips[:, 4] == clips[:, 5]).all((1, 2, 3))
    assert still.sum() == 8  # of four frames, and of five


def test_a_folder_of_folders_of_frames_needs_its_kind(tmp_path):
    for k, clip in enumerate(spots(12, 11)):
        (tmp_path / f"clip{k}").mkdir()
        for t, frame in enumerate(clip):
            Image.fromarray(frame[..., 0]).save(tmp_path / f"clip{k}" / f"{t}.png")
    assert genwright.load_data(tmp_path).kind == "images"
    data = genwright.load_data(tmp_path, kind="clips")
    assert data.domain.size == (11, 16, 16, 1) and not data.domain.given.names
    first = np.asarray(data.train[0])[:, :, :, 0].sum(1).argmax(1)
    assert (np.diff(first) == 1).sum() >= 9  # 10.png comes after 9.png


def test_captions_stand_beside_clips(folder):
    (folder / "metadata.csv").write_text(
        "file_name,text\n" + "".join(f"{k:02}.gif,{'fast' if k % 2 else 'slow'} {k}\n" for k in range(12))
    )
    data = genwright.load_data(folder, given="caption")
    assert data.domain.given.names == ["caption"] and str(data.train.given["caption"][0]).split()[0] in ("fast", "slow")


@pytest.mark.parametrize("captions", [["a spot"] * 12, list("123456789012")], ids=["equal", "numbers"])
def test_captions_that_tell_no_clip_from_another_are_refused(captions):
    with pytest.raises(DataError, match="clip"):
        genwright.load_data((spots(12, 6), {"caption": captions}), given=["caption"])


def test_npz_of_clips_and_what_is_none(tmp_path):
    np.savez(tmp_path / "clips.npz", x=spots(12, 6)[..., 0], label=np.arange(12) % 2, rate=4.0)
    data = genwright.load_data(tmp_path / "clips.npz")
    assert data.kind == "clips" and data.domain.rate == 4.0 and data.domain.fields.get("label").labels == [0, 1]
    assert genwright.load_data(spots(12, 6, channels=3)).domain.size == (6, 16, 16, 3)
    np.savez(tmp_path / "images.npz", x=spots(12, 6)[:, 0, ..., 0])
    for source in (tmp_path / "images.npz", np.zeros((12, 16, 16))):
        with pytest.raises(DataError, match="these are images"):
            genwright.load_data(source, kind="clips")
    with pytest.raises(DataError, match="sides? has|each side"):
        genwright.load_data(np.zeros((12, 4, 80, 80, 1), np.uint8))
    with pytest.raises(DataError, match="cut, pad or a number"):
        genwright.load_data(spots(12, 6), frames="stretch")


@pytest.mark.parametrize("rate", ["fast", np.nan, np.inf, -3.0, 0, 1j, np.arange(12.0)], ids=str)
def test_a_rate_that_is_no_number_above_0_is_named(tmp_path, rate):
    np.savez(tmp_path / "clips.npz", x=spots(12, 6), rate=rate)
    with pytest.raises(DataError, match="rate"):
        genwright.load_data(tmp_path / "clips.npz")


def test_shapes_of_images_stay_images():
    assert is_clip_shape((5, 8, 16, 16)) and is_clip_shape((5, 8, 16, 16, 3))
    assert not any(map(is_clip_shape, [(5, 16, 16), (5, 16, 16, 3), (5, 3, 16, 16), (5, 16, 16, 4), None]))


def test_many_frames_are_cut_before_they_are_unpacked(folder):
    many = spots(1, 2)[0][np.arange(300) % 2]
    (folder / "00.gif").write_bytes(animation(many, 20.0, "GIF"))
    data = genwright.load_data(folder, frames="pad")
    assert data.domain.frames <= 32


def test_a_cut_gif_is_a_sentence(folder):
    for file in folder.glob("*.gif"):
        file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(DataError):
        genwright.load_data(folder, kind="clips")


@pytest.mark.skipif(not find_spec("av"), reason="videos are read by PyAV")
def test_videos_are_read_as_they_were_written(tmp_path):
    for k, clip in enumerate(spots(12, 40, side=17, channels=3)):
        (tmp_path / f"{k:02}.mp4").write_bytes(mp4_bytes(clip[: 40 if k else 6], 29.97))
    data = genwright.load_data(tmp_path)
    clips = np.concatenate([np.asarray(part) for part in data.items.values()])
    assert data.domain.size == (32, 18, 18, 1) and data.domain.rate == pytest.approx(29.97, abs=0.01)
    bright = (clips > 128).sum((2, 3, 4))
    assert (np.abs(bright - 16.0) <= 4).all()  # the square has 4 x 4 pixels, at the wall as well
    (tmp_path / "03.mp4").write_bytes((tmp_path / "03.mp4").read_bytes()[:900])
    with pytest.raises(DataError, match="03.mp4 is damaged or cut short"):
        genwright.load_data(tmp_path)


@pytest.mark.skipif(bool(find_spec("av")), reason="PyAV is there")
def test_without_its_package_a_video_says_what_to_install(tmp_path):
    for k in range(3):
        (tmp_path / f"{k}.mp4").write_bytes(b"\0\0\0 ftypisom" + bytes(40))
    for call in (lambda: genwright.load_data(tmp_path), lambda: mp4_bytes(spots(1, 4)[0], 10.0)):
        with pytest.raises(DataError, match=r"genwright\[video\]"):
            call()


@pytest.mark.parametrize("suffix", ["", ".npz"])
def test_written_clips_come_back(tmp_path, suffix):
    """Also those with equal frames, which GIF holds once, with several captions, and with a label missing."""
    clips = spots(20, 6)
    clips[::3] = clips[::3, :1]
    told = {"label": ["a", None, *"bc" * 9], "caption": [["a spot", "it moves"], *["still"] * 19]}
    data = genwright.load_data((clips, told), given=["label", "caption"])
    path = data.domain.write(data.train, tmp_path / f"new{suffix}")
    back = read_items(path, data.domain)
    assert (np.asarray(back.items) == np.asarray(data.train)).all() and back.known is None
    for name in told:
        there, again = ([several(text) for text in part.given[name]] for part in (data.train, back.items))
        assert [text or ("",) for text in there] == [text or ("",) for text in again], name


@pytest.mark.parametrize("suffix, form", [(".gif", "GIF"), (".apng", "PNG")])
def test_a_moving_sheet_plays_at_the_rate(tmp_path, suffix, form):
    data = genwright.load_data(spots(12, 6))
    content = data.domain.write(data.test, tmp_path / f"new{suffix}").read_bytes()
    with Image.open(io.BytesIO(content)) as image:
        image.seek(1)
        assert image.format == form and image.n_frames == 6 and image.info["duration"] == 100


def test_shorter_clips_are_completed_to_the_end():
    domain = genwright.load_data(spots(20, 6)).domain
    x, _, known = domain.encode_holes(spots(2, 4), None, None)
    assert x.shape == (2, 6, 1, 16, 16) and known[:, :4].all() and not known[:, 4:].any()
    with pytest.raises(DataError, match="--first"):
        domain.encode_holes(spots(2, 6), None, None)
    with pytest.raises(DataError, match="frames that are known"):
        domain.encode_holes(np.where(spots(2, 4) > 0, np.nan, 0.5), None, None)
    assert domain.known_frames(2).tolist() == [True] * 2 + [False] * 4
    with pytest.raises(DataError):
        domain.known_frames(6)


def test_share_that_moves():
    clips = np.zeros((1, 3, 8, 8, 1), np.uint8)
    clips[0, 1:, 0, :4] = 255
    assert share_that_moves(clips, 256) == pytest.approx(4 / 64 / 2)


def test_walls_turn_motion_round():
    assert bounce(np.array([-1.0, 0.0, 9.0, 11.0, 21.0]), 10.0).tolist() == [1.0, 0.0, 9.0, 9.0, 1.0]


@pytest.mark.long
def test_a_moving_clip_is_known_by_its_seed_and_number():
    world = moving_digits(0).drawn
    few, again, others = world([3, 7]), world([7, 3]), moving_digits(1).drawn([3, 7])
    assert (np.asarray(few) == np.asarray(again)[::-1]).all() and (np.asarray(few) != np.asarray(others)).any()
    assert few.shape == (2, FRAMES, SIDE, SIDE, 1) and few.given["caption"][0].count(" moving ") == 2


@pytest.mark.long
def test_a_text_says_where_a_shape_moves_to():
    clips = moving_shapes(0).drawn(range(300))
    ink = np.asarray(clips)[:, :3].astype(float).sum(-1)
    at = lambda axis: (ink * np.arange(SIDE).reshape((-1, 1) if axis == 2 else (1, -1))).sum((2, 3)) / ink.sum((2, 3))
    down, right = (at(axis)[:, 2] - at(axis)[:, 0] for axis in (2, 3))
    seen = np.where(abs(down) > abs(right), np.where(down > 0, "down", "up"), np.where(right > 0, "right", "left"))
    said = np.array([text.split()[-1] for text in clips.given["caption"]])
    assert (seen == said).mean() > 0.7  # a quarter by chance; the others meet a wall at once, or move aslant


def test_completed_clips_keep_the_pixels_that_are_known():
    """And no others: the mask of a clip is turned as its pixels are."""
    domain = genwright.load_data(spots(12, 6)).domain
    clip, known = spots(1, 6), np.zeros((1, 6, 16, 16), bool)
    known[:, :, :3] = True  # the upper rows
    _, given, mask = domain.encode_holes(clip, known, None)
    whole = np.asarray(domain.decode_holes(torch.zeros(mask.shape), clip, mask, given, {}))
    assert (whole == np.where(known[..., None], clip, 0)).all()

# Tests kinds/formats/images/pictures.py, kinds/formats/numpy_arrays.py, kinds/images/domain.py, kinds/images/kind.py
"""Pictures: what goes in comes out, what is known stays, and bad input is told in a sentence."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from genwright.core.errors import DataError, GivenError, RunError
from genwright.kinds.formats.images.picture_files import read_array, read_folder, read_for
from genwright.kinds.formats.images.pictures import Pictures, find_levels
from genwright.kinds.formats.numpy_arrays import read_arrays
from genwright.kinds.images.domain import Images
from genwright.kinds.load import load_data


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def domain_of(levels=256, side=8, channels=1, width=1, labels=("cat", "dog", "owl"), n=12):
    rng = np.random.default_rng(1)
    x = (rng.integers(0, levels, (n, side, side, channels)) * width).astype(np.uint8)
    y = np.array(labels)[np.arange(n) % len(labels)] if labels else None
    return Images.fit(x, y, None, ["a note"], levels, width), Pictures(x, {"label": y} if labels else {})


# ---------------------------------------------------------------- levels


@pytest.mark.parametrize(
    "values, levels, width",
    [
        (np.array([False, True]), 2, 1),
        (np.array([0.0, 1.0]), 2, 1),
        (np.array([0, 255], np.uint8), 2, 255),
        (np.arange(16, dtype=np.uint8) * 17, 16, 17),
        (np.arange(128, dtype=np.uint8) * 2, 256, 1),  # 2 divides them all, and not 255
        (np.arange(256), 256, 1),
        (np.arange(17) / 16, 17, 1),
        ((np.arange(256) / 255).astype(np.float32), 256, 1),
        (np.array([0.0, 3.0, 255.0]), 86, 3),
        (np.array([3, 200], np.uint8), 256, 1),
    ],
)
def test_the_number_of_levels_is_the_true_one(values, levels, width):
    pixels, found, step, _ = find_levels(values, "x")
    assert (found, step) == (levels, width)
    scaled = values.astype(float) * (255 if values.dtype.kind == "f" and values.max() <= 1 else 1)
    if levels in (256, 86):
        assert np.abs(pixels - scaled).max() < 1e-3
    else:
        assert len(np.unique(pixels)) == len(values) and pixels.max() == (levels - 1) * width


def test_floats_off_any_lattice_are_rounded_and_said_so(rng):
    x = rng.random((3, 8, 8))
    pixels, levels, _, notes = find_levels(x, "x")
    assert levels == 256 and "rounded" in notes[0] and np.abs(pixels / 255 - x).max() <= 0.5 / 255 + 1e-9


def test_large_and_oblong_arrays_become_squares(rng):
    found = read_array(rng.integers(0, 256, (3, 60, 50, 3), dtype=np.uint8), "x")
    assert found.pictures.shape == (3, 32, 32, 3) and "32 x 32" in found.account.sentences()[0]
    constant = read_array(np.full((3, 20, 14), 7, np.uint8), "x", levels=17)
    assert constant.pictures.shape == (3, 12, 12, 1) and (constant.pictures == round(7 * 255 / 16)).all()


# ---------------------------------------------------------------- the domain


@pytest.mark.parametrize("levels, width, channels", [(2, 1, 1), (2, 255, 1), (17, 1, 1), (16, 17, 3), (256, 1, 3)])
def test_encode_then_decode_is_the_identity(levels, width, channels):
    domain, x = domain_of(levels, channels=channels, width=width)
    tensor, given = domain.encode(x)
    assert tensor.dtype == torch.uint8 and tensor.shape == (12, channels, 8, 8) and tensor.max() == levels - 1
    back = domain.decode(tensor, given, 7)
    assert isinstance(back, Pictures) and back.dtype == np.uint8 and (back == x).all() and back.seed == 7
    assert (back.given["label"] == x.given["label"]).all()
    unit = domain.encode(np.asarray(x) / domain.top)[0]
    assert (unit == tensor).all()


def test_axes_are_not_mixed_up():
    domain, x = domain_of(channels=3)
    tensor, _ = domain.encode(x)
    assert tensor[2, 1, 3, 5] == x[2, 3, 5, 1]


def test_encode_accepts_batches_and_single_pictures():
    domain, x = domain_of()
    plain = np.asarray(x)
    assert (domain.encode(plain[..., 0])[0] == domain.encode(x)[0]).all()
    for one in (x[3], plain[3], plain[3, :, :, 0]):
        assert (domain.encode(one)[0] == domain.encode(x)[0][3:4]).all()
    assert domain.encode(x[3])[1].item() == domain.encode(x)[1][3].item()
    assert domain.encode(plain)[1].isnan().all()


def test_given_by_the_users_own_names():
    domain, _ = domain_of(labels=("cat", "dog", "owl"))
    assert domain.encode_given({"label": "dog"}, 3).tolist() == [[1], [1], [1]]
    assert domain.encode_given({"label": ["owl", "cat"]}, 2).tolist() == [[2], [0]]
    assert domain.encode_given({}, 2).isnan().all() and domain.encode_given({"label": None}, 2).isnan().all()
    mixed = domain.encode_given({"label": ["owl", None]}, 2)
    assert mixed[0] == 2 and mixed[1].isnan()
    numbers, _ = domain_of(labels=(10, 2, 3))
    assert numbers.labels == [2, 3, 10]
    assert [numbers.encode_given({"label": v}, 1).item() for v in (10, "10", np.int64(10), 10.0)] == [2] * 4
    for bad in ({"label": "cow"}, {"colour": 1}, {"label": ["cat"] * 2}):
        with pytest.raises(GivenError):
            domain.encode_given(bad, 3)
    without, _ = domain_of(labels=None)
    assert without.encode_given({}, 3).shape == (3, 0)
    with pytest.raises(GivenError):
        without.encode_given({"label": 1}, 3)


def test_the_margin_holds_the_training_frequencies():
    x = np.zeros((40, 8, 8, 1), np.uint8)
    domain = Images.fit(x, np.array(["a"] * 30 + ["b"] * 10), ["a", "b", "c"], levels=2)
    probs = domain.given.columns[0].marginal.probs
    assert np.allclose(probs, [0.75, 0.25, 0], atol=0.03) and min(probs) > 0 and np.isclose(sum(probs), 1)


def test_json_rebuilds_the_domain():
    domain, x = domain_of(17)
    again = Images.from_json(json.loads(json.dumps(domain.to_json())))
    assert (again.spec, again.given, again.labels) == (domain.spec, domain.given, domain.labels)
    assert again.describe() == domain.describe()
    assert (again.encode(x)[1] == domain.encode(x)[1]).all()


# ---------------------------------------------------------------- holes


@pytest.mark.parametrize("form, mask", [("levels", "(H,W)"), ("unit", "(n,H,W)"), ("nan", "(n,H,W,C)")])
def test_completion_keeps_what_is_known_bit_for_bit(form, mask, rng):
    domain, x = domain_of(17, channels=3)
    known = rng.random({"(H,W)": (8, 8), "(n,H,W)": (12, 8, 8), "(n,H,W,C)": (12, 8, 8, 3)}[mask]) < 0.5
    full = np.broadcast_to(known if known.ndim == 4 else known[..., None], x.shape)
    items = x if form == "levels" else np.asarray(x, np.float32) / np.float32(16)
    if form == "nan":
        items = np.where(full, items, np.nan).astype(np.float32)
    tensor, given, k = domain.encode_holes(items, known, None)
    assert k.dtype == torch.bool and (k.numpy().transpose(0, 2, 3, 1) == full).all()
    assert (tensor[k] == domain.encode(x)[0][k]).all()
    assert given.isnan().all() == (form != "levels")
    done = domain.decode_holes(torch.full_like(tensor, 9), items, k, given, {"method": "m", "kind": "exact", "seed": 3})
    assert done.dtype == np.asarray(items).dtype and (done.method, done.kind, done.seed) == ("m", "exact", 3)
    assert (np.asarray(done)[full] == np.asarray(items)[full]).all()
    assert np.allclose(np.asarray(done)[~full], 9 if form == "levels" else 9 / 16)
    stacked = domain.stack([done, done])
    assert stacked.shape == (2, *done.shape)
    if form == "levels":
        assert (stacked[1].given["label"] == x.given["label"]).all()


def test_holes_need_a_mask_that_fits():
    domain, x = domain_of()
    for known in (None, np.full((8, 8), 0.5), np.ones((3, 8, 8), bool)):
        with pytest.raises(DataError):
            domain.encode_holes(x, known, None)
    with pytest.raises(DataError):
        domain.encode_holes(np.full((1, 8, 8), np.nan), np.ones((8, 8), bool), None)
    assert domain.encode_holes(x, np.ones((8, 8), bool), {"label": "owl"})[1].unique().tolist() == [2]
    assert domain.encode_holes(x, np.ones((8, 8), bool), {})[1].isnan().all()


# ---------------------------------------------------------------- Images


def test_slices_keep_given_aligned():
    _, x = domain_of()
    labels = x.given["label"]
    order = np.array([3, 1, 2])
    for rows in (slice(2, 5), order, [3, 1], labels == "owl", slice(None, None, -1)):
        assert (x[rows].given["label"] == labels[rows]).all()
    assert (x[:3, 2:4].given["label"] == labels[:3]).all()
    assert x[4].given["label"] == labels[4]
    assert (x.copy().given["label"] == labels).all()
    assert (x + 1).given == {} and x.take(order, axis=0).given == {}  # never aligned by luck
    assert type(np.asarray(x)) is np.ndarray


# ---------------------------------------------------------------- files out


def test_write_sheet_arrays_and_folder(tmp_path):
    domain, x = domain_of(17)
    page = np.asarray(Image.open(domain.write(x, tmp_path / "deep" / "s.png")))
    assert page.shape == (3 * 66 + 2, 4 * 66 + 2)  # 12 images in 4 columns, enlarged 8 times, 2 pixels between
    assert page[2, 2] == round(int(x[0, 0, 0, 0]) * 255 / 16) and (page[2:10, 2:10] == page[2, 2]).all()
    assert page[2, 68] == round(int(x[1, 0, 0, 0]) * 255 / 16) and page[68, 2] == round(int(x[4, 0, 0, 0]) * 255 / 16)

    arrays = read_arrays(domain.write(x, tmp_path / "s.npz"))
    assert (arrays["x"] == x).all() and (arrays["label"] == x.given["label"]).all() and arrays["levels"] == 17

    folder = domain.write(x, tmp_path / "out")
    assert sorted(p.name for p in folder.iterdir()) == ["cat", "dog", "owl"]
    back, *_ = read_for(domain, folder)
    codes = domain.encode(back)[0].flatten(1).tolist()
    assert sorted(codes) == sorted(domain.encode(x)[0].flatten(1).tolist())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep", "out", "s.npz"]  # nothing left beside


def test_write_draws_and_colour(tmp_path):
    domain, x = domain_of(channels=3)
    page = np.asarray(Image.open(domain.write(domain.stack([x, x]), tmp_path / "d.png")))
    assert page.shape == (12 * 66 + 2, 2 * 66 + 2, 3)
    assert len(list(domain.write(domain.stack([x, x]), tmp_path / "d").rglob("*.png"))) == 24
    assert len(list(domain.write(x[:0:-1], tmp_path / "e").rglob("*.png"))) == 11


def test_write_refuses_and_leaves_nothing(tmp_path):
    domain, x = domain_of()
    with pytest.raises(DataError, match="suffix"):
        domain.write(x, tmp_path / "s.csv")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    with pytest.raises(DataError):
        domain.write(x, tmp_path / "full")
    (tmp_path / "file").write_text("a file")
    with pytest.raises(RunError, match="cannot write"):
        domain.write(x, tmp_path / "file" / "s.png")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "full", "mine.txt"]


def test_a_label_cannot_leave_the_folder(tmp_path):
    domain, x = domain_of(labels=("../../up", "/etc", "ok"))
    folder = domain.write(x, tmp_path / "out")
    assert all(p.resolve().is_relative_to(folder.resolve()) for p in folder.rglob("*.png"))
    assert len(list(folder.rglob("*.png"))) == 12 and [p.name for p in tmp_path.iterdir()] == ["out"]


# ---------------------------------------------------------------- files in


def save(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)


@pytest.fixture
def grey(rng):
    return rng.integers(0, 256, (16, 16), dtype=np.uint8)


def test_folder_of_every_kind_of_picture(tmp_path, grey):
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    save(tmp_path / "grey.png", grey)
    save(tmp_path / "deep.png", grey.astype(np.uint16) * 257)
    save(tmp_path / "alpha.png", np.dstack([red, np.zeros((16, 16), np.uint8)]))  # fully transparent: white
    save(tmp_path / "half.png", np.dstack([grey, np.full((16, 16), 255, np.uint8)]))
    palette = Image.fromarray(red).convert("P", palette=Image.Palette.ADAPTIVE)
    palette.save(tmp_path / "palette.png")
    Image.fromarray(grey > 128).save(tmp_path / "one_bit.png")
    save(tmp_path / "ycc.JPEG", red, quality=95)
    Image.fromarray(red).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".DS_Store").write_text("")
    found = read_folder(tmp_path)
    names = sorted(p.name for p in tmp_path.iterdir() if p.suffix in (".png", ".JPEG", ".jpg"))
    at = {name.split(".")[0]: picture for name, picture in zip(names, found.pictures)}
    assert (
        found.pictures.shape == (8, 16, 16, 3)
        and found.labels is None
        and found.account.sentences()[1:]
        == ["1 of 8 images has transparent pixels, which lie on white", "other files not used: notes.txt"]
    )
    assert all((at[name] == grey[..., None]).all() for name in ("grey", "deep", "half"))
    assert (at["alpha"] == 255).all() and (at["palette"] == red).all()
    assert (at["one_bit"][..., 0] == np.where(grey > 128, 255, 0)).all()
    assert np.abs(at["ycc"].astype(int) - red).max() < 12 and np.abs(at["cmyk"].astype(int) - red).max() < 40


def test_exif_rotation_is_undone(tmp_path):
    picture = np.zeros((16, 32), np.uint8)
    picture[:, :16] = 255  # bright on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned 90 degrees clockwise: bright on top
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif, quality=95)
    Image.fromarray(picture.T.copy()).save(tmp_path / "b.jpg", quality=95)
    found = read_folder(tmp_path)
    assert found.pictures.shape == (2, 16, 16, 1)
    assert np.abs(found.pictures[0].astype(int) - found.pictures[1]).max() < 12
    assert found.pictures[0][0].mean() > 200 and found.pictures[0][-1].mean() < 50


def test_sizes_are_agreed_and_labels_are_folders(tmp_path, rng):
    for i, (size, label) in enumerate([((16, 16), "b"), ((100, 40), "a"), ((50, 300), "a/deeper"), ((33, 33), "b")]):
        save(tmp_path / label / f"{i}.png", rng.integers(0, 256, size, dtype=np.uint8))
    found = read_folder(tmp_path)
    assert found.pictures.shape == (4, 32, 32, 1) and found.labels.tolist() == ["a", "a", "b", "b"]
    assert (
        found.account.sentences()[0]
        == "resized and centre-cropped (0% to 83% of each is cut off) from 4 sizes, 16 x 16 to 300 x 50 pixels, to "
        "32 x 32"
    )
    only_bits = tmp_path / "bits"
    for i in range(3):
        save(only_bits / f"{i}.png", (rng.random((8, 8)) < 0.5))
    assert (read_folder(only_bits).levels, read_folder(only_bits).width) == (2, 255)


def test_a_folder_that_holds_all_others_is_no_label(tmp_path, grey):
    for place in ("photos/red", "photos/blue/dark", "photos/blue/light"):
        save(tmp_path / place / "1.png", grey)
    found = read_folder(tmp_path)
    assert found.labels.tolist() == ["blue", "blue", "red"]
    assert any("dark, light" in sentence for sentence in found.account.sentences())


def test_the_centre_is_cropped(tmp_path):
    wide = np.zeros((32, 96), np.uint8)
    wide[:, 32:64] = 200
    save(tmp_path / "a.png", wide)
    assert (read_folder(tmp_path).pictures == 200).all()


def test_links_that_lead_out_are_not_followed(tmp_path, grey):
    save(tmp_path / "outside" / "secret.png", grey)
    save(tmp_path / "mine" / "a" / "1.png", grey)
    (tmp_path / "mine" / "a" / "2.png").symlink_to(tmp_path / "outside" / "secret.png")
    (tmp_path / "mine" / "b").symlink_to(tmp_path / "outside")
    (tmp_path / "mine" / "a" / "3.png").symlink_to(tmp_path / "mine" / "a" / "1.png")
    found = read_folder(tmp_path / "mine")
    assert len(found.pictures) == 2 and found.account.sentences() == ["2 other files not used: a/2.png, b"]


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.wav", "a.sdf", "a.pdb", "a.mid", "a.csv", "a"])
def test_a_folder_of_links_that_lead_out_says_so(tmp_path, name):
    (tmp_path / "outside").mkdir() if name == "a" else (tmp_path / "outside").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "labels.csv").write_text("file,label\na,b\n")
    for number in range(3):
        (tmp_path / "mine" / f"{number}{name}").symlink_to(tmp_path / "outside")
    with pytest.raises(DataError, match=f"mine holds links that lead out of it .3, such as 0{name}.*copy the files"):
        load_data(tmp_path / "mine")


def test_an_empty_text_names_no_condition(grey):
    data = load_data((np.stack([grey] * 20), np.arange(20) % 2), given="")
    assert not data.domain.given.names


def test_numpy_files_never_run_a_pickle(tmp_path):
    import pickle

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    np.save(tmp_path / "object.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "object.npz", x=np.array([Trap()], dtype=object))
    (tmp_path / "raw.npy").write_bytes(pickle.dumps(Trap()))
    (tmp_path / "raw.npz").write_bytes(pickle.dumps(Trap()))
    for name in ("object.npy", "object.npz", "raw.npy", "raw.npz"):
        with pytest.raises(DataError, match=f"{name} .*pickle"):
            read_arrays(tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_items_for_a_model(tmp_path, rng):
    domain, x = domain_of(17)
    known = rng.random((12, 8, 8)) < 0.5
    np.savez(tmp_path / "h.npz", x=np.asarray(x), known=known, y=x.given["label"])
    items, mask, *_ = read_for(domain, tmp_path / "h.npz")
    assert (items == x).all() and (mask == known).all() and (items.given["label"] == x.given["label"]).all()
    save(tmp_path / "one.png", np.full((40, 40, 3), 255, np.uint8))
    items, mask, *_ = read_for(domain, tmp_path / "one.png")
    assert items.shape == (1, 8, 8, 1) and (items == 16).all() and mask is None
    with pytest.raises(DataError, match="no images"):
        read_for(domain, tmp_path / "h.csv")


# ---------------------------------------------------------------- lower resolution


def test_pictures_are_given_at_a_lower_resolution_and_draws_agree_with_it():
    x = np.random.default_rng(0).integers(0, 256, (6, 10, 8, 1)).astype(np.uint8)
    domain = Images.fit(x, np.arange(6) % 2, times=4)
    levels, table = domain.encode(Pictures(x, {"label": np.arange(6) % 2}))
    low = domain.given.part(table, "low")
    assert low.shape == (6, 1, 3, 2) and torch.equal(table[:, 0], torch.arange(6.0) % 2)
    assert float(low[0, 0, 0, 0]) == round(float(x[0, :4, :4].mean()))
    drawn = domain.decode(torch.full_like(levels, 128.0, dtype=torch.float32), table, 3)
    assert drawn.given["low"].shape == (6, 3, 2, 1) and drawn[:2].given["low"].shape == (2, 3, 2, 1)
    again = domain.given.part(domain.encode(drawn)[1], "low")
    assert (again - low).abs().max() <= 1
    again = Images.from_json(json.loads(json.dumps(domain.to_json())))
    assert again.fields.get("low").times == 4 and torch.equal(again.encode(drawn)[1], domain.encode(drawn)[1])
    told = domain.encode_given({"low": drawn.given["low"][:1]}, 3)
    assert told.shape == (3, 7) and told[:, 0].isnan().all() and torch.equal(told[2, 1:], low[0].flatten())
    assert domain.encode_given({}, 3).isnan().all()

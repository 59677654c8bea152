# Tests kinds/points/structure_files.py, kinds/tables/column_questions.py, kinds/values/date_forms.py
"""Values as other programs write them: durations and dates, numbers whose format shows another text, packed numbers,
cells of Matlab, pedals, elements of PDB, channels that cancel, and folders of texts."""

import wave
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright
from genwright.kinds.formats.tables.array_files import columns_of, read_hdf5, read_netcdf
from genwright.kinds.points.structure_files import parse_pdb
from genwright.kinds.tables.column_questions import ask_sentinels
from genwright.kinds.values.date_forms import find_forms, is_clock, read_texts, write_texts

N = 40
RNG = np.random.default_rng(0)


def whole(data, name):
    return pd.concat([pd.DataFrame(part)[name] for part in data.items.values()], ignore_index=True)


def as_table(read, path, **more):
    arrays, account = read(path, **more)
    return columns_of(arrays, path, account), account


# ---------------------------------------------------------------------- durations and dates

SPANS = [pd.Timedelta(days=d, hours=h, minutes=m) for d, h, m in RNG.integers(0, 4, (30, 3))]


def _short_iso(span):
    days, hours, minutes = span.components.days, span.components.hours, span.components.minutes
    clock = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
    return "P" + (f"{days}D" * bool(days) + f"T{clock}" * bool(clock) or "T0S")


def _padded(span):
    """As DuckDB writes an interval."""
    days, hours, minutes = span.components.days, span.components.hours, span.components.minutes
    return f"{days} day{'s' * (days > 1)} " * bool(days) + f"{hours:02}:{minutes:02}:00"


WRITTEN = {"Python": lambda span: str(span.to_pytimedelta()), "DuckDB": _padded, "ISO 8601": _short_iso}


@pytest.mark.parametrize("way", WRITTEN)
def test_durations_are_read_and_written_as_they_were(way):
    texts = list(dict.fromkeys(map(WRITTEN[way], SPANS)))
    (form,) = find_forms(texts)
    stamps = read_texts(texts, form)
    right = dict(zip(map(WRITTEN[way], SPANS), SPANS))
    assert is_clock(form) and (stamps - pd.Timestamp(0)).tolist() == [right[text] for text in texts]
    assert write_texts(stamps, form).tolist() == texts


def test_hours_that_run_on_and_days_that_are_negative():
    assert find_forms(["PT36H", "PT5H30M", "PT1.5S"]) == ["%KH"]
    texts = ["-1 day, 22:00:00", "1 day, 0:00:00", "3:00:00"]
    (form,) = find_forms(texts)
    assert (read_texts(texts, form) - pd.Timestamp(0)).tolist()[0] == pd.Timedelta(hours=-2)
    assert write_texts(read_texts(texts, form), form).tolist() == texts


WEB = (
    "%a %b %d %H:%M:%S +0000 %Y", "%d/%b/%Y:%H:%M:%S +0200", "%a, %d %b %Y %H:%M:%S +0000",
    "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S UTC %Y", "%Y年%m月%d日",
)  # fmt: skip


@pytest.mark.parametrize("form", WEB)
def test_dates_of_mail_and_the_web(form):
    stamps = pd.Series(pd.Timestamp("2024-01-28 10:11:12") + pd.to_timedelta(np.arange(30) * 7, "h"))
    stamps = stamps if "%H" in form else stamps.dt.normalize()
    texts = stamps.dt.strftime(form).tolist()
    assert len(find_forms(texts)) == 1
    column = genwright.load_data({"at": texts, "n": list(range(30))}).domain.columns[0]
    assert column.kind == "date" and column.calendar.stamps(pd.Series(texts)).tolist() == stamps.tolist()


def test_mail_of_many_zones_is_a_date():
    zones = ["+0000", "+0100", "+0200", "-0500", "-0800", "+0530"]
    texts = [f"{pd.Timestamp('2024-03-01') + pd.Timedelta(hours=7 * k):%a, %d %b %Y %H:%M:%S} {zones[k % 6]}" for k in
             range(60)]  # fmt: skip
    column = genwright.load_data({"at": texts, "n": list(range(60))}).domain.columns[0]
    assert column.kind == "date"


# ---------------------------------------------------------------------- numbers


def test_numbers_that_show_zeros_are_labels_with_zeros(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["age", "zip"])
    for k in range(N):
        book.active.append([20 + k % 9, (501, 1234, 94110)[k % 3]])
        book.active.cell(k + 2, 2).number_format = "00000"
    book.save(tmp_path / "t.xlsx")
    data = genwright.load_data(tmp_path / "t.xlsx")
    assert set(whole(data, "zip")) == {"00501", "01234", "94110"} and any("00501" in line for line in data.describe())


def test_packed_numbers_of_netcdf_are_unpacked(tmp_path):
    from scipy.io import netcdf_file

    kelvin = (280 + RNG.integers(0, 900, N) / 100).round(2)
    with netcdf_file(str(tmp_path / "t.nc"), "w") as file:
        file.createDimension("time", N)
        packed = file.createVariable("temp", "h", ("time",))
        packed[:] = np.round((kelvin - 273.15) / 0.01).astype("h")
        packed[3] = -32768
        packed.scale_factor, packed.add_offset, packed._FillValue = 0.01, 273.15, np.int16(-32768)
        time = file.createVariable("time", "i", ("time",))
        time[:] = np.arange(N)
        time.units = b"days since 2000-01-01"
    frame, account = as_table(read_netcdf, tmp_path / "t.nc")
    assert (
        np.isnan(frame["temp"][3]) and np.delete(frame["temp"].to_numpy(), 3).tolist() == np.delete(kelvin, 3).tolist()
    )
    assert frame["time"][31] == pd.Timestamp("2000-02-01") and not account.unused


def test_texts_in_cells_of_matlab(tmp_path):
    h5py = pytest.importorskip("h5py")
    words = ["red", "blue", "green"] * 4
    with h5py.File(tmp_path / "t.mat", "w") as file:
        for k, word in enumerate(words):
            file[f"#refs#/{k}"] = np.array([[ord(letter)] for letter in word], "u2")
            file[f"#refs#/{k}"].attrs["MATLAB_class"] = np.bytes_("char")
        refs = np.array([[file[f"#refs#/{k}"].ref for k in range(12)]], h5py.ref_dtype)
        file.create_dataset("colour", data=refs).attrs["MATLAB_class"] = np.bytes_("cell")
        file["size"] = np.arange(12.0)[None]
    frame, _ = as_table(read_hdf5, tmp_path / "t.mat", turned=True)
    assert frame["colour"].tolist() == words and frame["size"].tolist() == list(range(12))


PIXELS, CLASSES = RNG.integers(0, 255, (N, 8, 8, 3), np.uint8), np.arange(N) % 3
LAID = {  # how images lie in the arrays of a file: (arrays, images of it)
    "images first": ({"images": PIXELS, "ans": CLASSES, "ra": RNG.normal(size=N)}, PIXELS),
    "channels first": ({"x": np.moveaxis(PIXELS, -1, 1), "y": CLASSES.reshape(N, 1, 1, 1)}, PIXELS),
    "images last, as Matlab has them": ({"X": np.moveaxis(PIXELS, 0, -1), "y": CLASSES[:, None]}, PIXELS),
    "grey, with classes as texts": ({"data": PIXELS[..., 0], "kind": CLASSES.astype("S1")}, PIXELS[..., :1]),
}


@pytest.mark.parametrize("way", LAID)
@pytest.mark.parametrize("suffix", [".h5", ".mat"])
def test_images_among_arrays_are_images_and_a_person_is_asked(way, suffix, tmp_path):
    h5py, path, (arrays, images) = pytest.importorskip("h5py"), tmp_path / f"t{suffix}", LAID[way]
    if suffix == ".mat":
        import scipy.io

        scipy.io.savemat(path, {name: np.char.decode(x) if x.dtype.kind == "S" else x for name, x in arrays.items()})
    else:
        with h5py.File(path, "w") as file:
            for name, values in arrays.items():
                file[name] = values
    data = genwright.load_data(path)
    assert data.kind == "images" and [one.answer for one in data.questions] == [{"kind": "tables"}]
    everything = {item.tobytes(): str(label) for part in data.items.values() for item, label in
                  zip(np.asarray(part), part.given["label"])}  # fmt: skip
    assert everything == {item.tobytes(): str(label) for item, label in zip(images, CLASSES)}
    assert genwright.load_data(path, kind="tables").kind == "tables"


def test_windows_of_signals_stay_a_table_and_a_person_is_asked(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["x"], file["y"] = RNG.normal(size=(N, 8, 9)), CLASSES
    data = genwright.load_data(tmp_path / "t.h5")
    assert data.kind == "tables" and {"kind": "images"} in [one.answer for one in data.questions]


def test_an_empty_array_beside_a_table_is_passed_over(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["age"] = np.arange(12)
        file.create_dataset("index/bounds", shape=(0, 127), maxshape=(None, 127))
    frame, account = as_table(read_hdf5, tmp_path / "t.h5")
    assert list(frame) == ["age"] and account.unused == {"arrays": ["index.bounds"]}


def test_nullable_numbers_and_codes_of_anndata(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "t.h5ad", "w") as file:
        obs = file.create_group("obs")
        obs.attrs["_index"] = "_index"
        obs["_index"] = np.array([f"c{k}" for k in range(N)], object).astype(h5py.string_dtype())
        obs["age/values"], obs["age/mask"] = np.arange(N), np.arange(N) == 3
        obs["cluster/codes"], obs["cluster/categories"] = (np.arange(N) % 3 - 1).astype("i1"), np.array([7, 8])
    data = genwright.load_data(tmp_path / "t.h5ad")
    assert whole(data, "age").isna().sum() == 1 and set(whole(data, "cluster").dropna()) == {"7", "8"}


def test_a_data_frame_of_r(tmp_path):
    pyreadr = pytest.importorskip("pyreadr")
    frame = pd.DataFrame({"x": RNG.normal(size=N), "k": ["a", "b"] * (N // 2)})
    pyreadr.write_rds(tmp_path / "t.rds", frame)
    pyreadr.write_rdata(tmp_path / "t.RData", frame, df_name="people")
    for name in ("t.rds", "t.RData"):
        assert sorted(whole(genwright.load_data(tmp_path / name), "x")) == sorted(frame["x"])


# ---------------------------------------------------------------------- sound, music, structures, masks


def test_channels_that_cancel_are_no_silence(tmp_path):
    for k in range(20):
        tone = (9000 * np.sin(np.arange(400) * (0.1 + 0.01 * k))).astype("<i2")
        with wave.open(str(tmp_path / f"{k:02}.wav"), "wb") as file:
            file.setparams((2, 2, 8000, 0, "NONE", ""))
            file.writeframes(np.stack([tone, -tone if k % 4 else tone], 1).tobytes())
    data = genwright.load_data(tmp_path)
    assert sum(data.sizes.values()) == 20 and any("cancel" in line for line in data.describe())


def test_the_pedal_holds_notes(tmp_path):
    mido = pytest.importorskip("mido")
    from genwright.sound.kinds.music.music_files import read_midi

    file = mido.MidiFile(ticks_per_beat=4)
    file.tracks.append(track := mido.MidiTrack())
    track.extend([
        mido.Message("note_on", note=60, velocity=64), mido.Message("control_change", control=64, value=127),
        mido.Message("note_off", note=60, time=2), mido.Message("control_change", control=64, value=0, time=6),
        mido.Message("note_on", note=62, velocity=64), mido.Message("note_off", note=62, time=4),
    ])  # fmt: skip
    file.save(tmp_path / "t.mid")
    ((piece,), _, account) = read_midi(tmp_path / "t.mid")
    assert piece[:, 0].tolist() == [60] * 8 + [62] * 4 and not account.unused


ATOM = (
    "{kind:<6}{n:5d} {name:4s}{alt}{residue:>3s} A{number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00          "
    "{element:>2s}"
)


def atom(name, residue, n=1, alt=" ", element="", kind="ATOM"):
    return ATOM.format(kind=kind, n=n, name=name, alt=alt, residue=residue, number=1, x=n, y=0, z=0, element=element)


def test_elements_follow_from_names_where_their_columns_are_empty():
    named = [(" CA ", "VAL", "C"), ("HG11", "VAL", "H"), ("CG1 ", "VAL", "C"), ("CA  ", " CA", "Ca"),
             ("CL1 ", "LIG", "Cl"), (" N  ", "ALA", "N"), ("1HB ", "ALA", "H"), ("ZN  ", " ZN", "Zn")]  # fmt: skip
    lines = [atom(name, residue, n) for n, (name, residue, _) in enumerate(named)]
    ((one,), lost) = parse_pdb(lines, "t.pdb")
    assert not lost and list(one.atoms.symbols) == [symbol for *_, symbol in named] and one.guessed == len(named)


def test_of_several_places_of_an_atom_the_first_counts_whatever_it_is_called():
    lines = [atom(" CA ", "VAL", 1, "B", "C"), atom(" CA ", "VAL", 2, "C", "C"), atom(" N  ", "VAL", 3, " ", "N")]
    ((one,), _) = parse_pdb(lines, "t.pdb")
    assert len(one.atoms) == 2 and one.elsewhere == 1


@pytest.mark.parametrize("light", [1, 255])
def test_a_mask_of_an_image_is_one_in_every_form(light, tmp_path):
    from genwright.kinds.formats.images.picture_files import _light, decode

    Image.fromarray(RNG.integers(0, 255, (16, 16), np.uint8)).save(tmp_path / "x.png")
    mask = np.zeros((16, 16), np.uint8)
    mask[:8] = light
    Image.fromarray(mask).save(tmp_path / "mask.png")
    known = _light(tmp_path / "mask.png", {tmp_path / "x.png": decode(tmp_path / "x.png", 16, 8)}, 16)
    assert known[:8].all() and not known[8:].any()


# ---------------------------------------------------------------------- folders of texts


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_of_texts_is_one_text_each(packed, tmp_path):
    folder = tmp_path / "notes"
    for k in range(N):
        (folder / "ab"[k % 2]).mkdir(parents=True, exist_ok=True)
        (folder / "ab"[k % 2] / f"{k:02}.txt").write_text(f"the first line {k}\nand the second {'x' * (k % 7)}\n")
    (folder / "README.txt").write_text("notes by hand\n" * 9)
    source = folder
    if packed:
        source = tmp_path / "notes.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in sorted(folder.rglob("*.txt")):
                archive.write(path, path.relative_to(folder))
    data = genwright.load_data(source)
    assert data.kind == "sequences" and sum(data.sizes.values()) == N
    assert {label for part in data.sizes for label in data.values(part, "label")} == {"a", "b"}
    assert all("\n" not in line for line in data.train)


# ---------------------------------------------------------------------- questions


def test_sizes_of_packs_are_no_missing_values():
    sizes = np.repeat([1.0, 2, 3, 5, 10, 50, 100, 500], [30, 30, 30, 30, 30, 6, 6, 6])
    assert ask_sentinels("pack", sizes) == []
    assert len(ask_sentinels("pack", np.r_[RNG.integers(0, 40, 90), [-999.0] * 5])) == 1


def test_ids_of_nineteen_digits_are_no_numbers_with_signs():
    ids = [str(10**18 + 7**k % 10**17 + k) for k in range(60)]
    data = genwright.load_data({"id": ids * 2, "x": RNG.normal(size=120).tolist()})
    assert not any("other signs" in str(asked) for asked in data.questions)


def test_a_description_says_of_which_rows_cells_are_missing(tmp_path):
    frame = pd.DataFrame({"age": np.where(np.arange(60) % 7, np.arange(60) % 9, np.nan), "n": np.arange(60) % 5})
    data = genwright.load_data(frame)
    said = "\n".join([*data.domain.describe(), *data.domain.details(data.items)])
    assert "missing cells of training rows" in said and "missing of all" in said


def test_names_in_the_middle_of_a_file_are_no_row(tmp_path):
    text = pd.DataFrame({"age": np.arange(30), "city": ["Oslo", "Rome"] * 15}).to_csv(index=False)
    (tmp_path / "t.csv").write_text(text * 3)
    data = genwright.load_data(tmp_path / "t.csv")
    assert sum(data.sizes.values()) == 90 and whole(data, "age").dtype.kind == "i"
    assert data.account.left_out[0].count == 2


def test_other_plus_signs_stay_numbers(tmp_path):
    (tmp_path / "t.csv").write_text("d,n\n" + "".join(f"{(k % 9) - 4:+d},{k}\n" for k in range(40)))
    (tmp_path / "u.csv").write_text("d,n\n" + "".join(f"{'+' * (k % 3 == 0)}{k % 9},{k}\n" for k in range(40)))
    signed, mixed = (genwright.load_data(tmp_path / name) for name in ("t.csv", "u.csv"))
    assert [column.kind for column in (signed.domain.columns[0], mixed.domain.columns[0])] == ["number"] * 2
    assert set(whole(signed, "d")) >= {"+1", "-1"} and whole(mixed, "d").dtype.kind == "i"


# ---------------------------------------------------------------------- what forms say beside numbers


def test_parts_of_two_types_and_folders_with_zeros(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = pd.DataFrame({"n": np.arange(N), "c": ["a", "b"] * (N // 2)})
    parts = [rows[: N // 2], rows[N // 2 :].assign(n=lambda half: half.n + 0.5, more=1)[["c", "n", "more"]]]
    for month, part in zip(("01", "02"), parts):
        (tmp_path / f"set/month={month}").mkdir(parents=True)
        table = pyarrow.Table.from_pandas(part, preserve_index=False)
        parquet.write_table(table, tmp_path / f"set/month={month}/part.parquet")
    data = genwright.load_data(tmp_path / "set")
    assert sorted(whole(data, "n")) == sorted([*range(N // 2), *(k + 0.5 for k in range(N // 2, N))])
    assert set(whole(data, "month")) == {"01", "02"} and whole(data, "more").count() == N // 2


def test_parts_without_a_common_type_are_not_called_damaged(tmp_path):
    pytest.importorskip("pyarrow")
    for name, values in (("a", [1, 2]), ("b", ["x", "y"])):
        (tmp_path / "set").mkdir(exist_ok=True)
        pd.DataFrame({"n": values}).to_parquet(tmp_path / f"set/{name}.parquet")
    with pytest.raises(genwright.GenwrightError, match="set") as refused:
        genwright.load_data(tmp_path / "set")
    assert "damaged" not in str(refused.value)


def test_names_of_codes_and_ranges_of_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    codes = RNG.integers(0, 2, N).astype("i1")
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file.create_dataset("level", data=codes, dtype=h5py.enum_dtype({"low": 0, "high": 1}, "i1"))
        file["light"] = np.array([-1, 5, 7, 100] * (N // 4), "i1")
        file["light"].attrs.update({"_Unsigned": "true", "valid_max": np.uint8(200)})
    frame, account = as_table(read_hdf5, tmp_path / "t.h5")
    assert frame["level"].tolist() == [("low", "high")[code] for code in codes] and not account.unused
    assert frame["light"][:4].isna().tolist() == [True, False, False, False]


def test_dates_of_sas_for_transport(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    days = pd.date_range("2020-02-27", periods=N).date
    pyreadstat.write_xport(pd.DataFrame({"DAY": days, "N": np.arange(N) % 7}), tmp_path / "t.xpt",
                           file_format_version=5, column_labels={"N": "number of visits"})  # fmt: skip
    data = genwright.load_data(tmp_path / "t.xpt")
    assert sorted(whole(data, "DAY").dt.date) == list(days)
    assert any("number of visits" in note for note in data.account.sentences())


def test_objects_in_cells_are_spread_and_a_named_index_is_told():
    frame = pd.DataFrame({"place": [{"x": k, "at": {"y": k % 3}} for k in range(N)], "c": ["a", "b"] * (N // 2)})
    data = genwright.load_data(frame.set_index(pd.RangeIndex(N, name="person")))
    assert {column.name for column in data.domain.columns} == {"place.x", "place.at.y", "c"}
    assert data.account.unused == {"row labels": ["person"]}


def test_packed_numbers_of_a_dataset_in_memory_are_unpacked():
    xarray = pytest.importorskip("xarray")
    told = {"scale_factor": 0.5, "add_offset": 10.0, "_FillValue": np.int16(-1)}
    held = xarray.Dataset({"t": ("row", np.array([2, -1] * N, "i2"), told), "c": ("row", ["a", "b"] * N)})
    assert set(whole(genwright.load_data(held), "t").dropna()) == {11.0}


def test_zeros_that_a_workbook_shows_and_its_library_does_not_tell_are_said(tmp_path):
    from genwright.kinds.formats.tables.write_table import write_table

    pytest.importorskip("python_calamine")
    write_table(pd.DataFrame({"zip": np.arange(N) + 501, "n": np.arange(N) % 7}), tmp_path / "plain.ods")
    style = b'<number:number-style style:name="N"><number:number number:min-integer-digits="5"/></number:number-style>'
    with zipfile.ZipFile(tmp_path / "plain.ods") as plain, zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        for name in plain.namelist():
            content = plain.read(name).replace(b"<office:body>", style + b"<office:body>")
            archive.writestr(name, content)
    said = ["\n".join(genwright.load_data(tmp_path / name).account.sentences()) for name in ("plain.ods", "t.ods")]
    assert "00501" not in said[0] and "00501" in said[1]

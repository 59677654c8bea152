"""Ten tables as laboratories, shops, banks, clinics and offices export them."""

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from expected import Expected, delimited


def laboratory(folder: Path) -> Expected:
    """A German export in Windows-1252: title lines, decimal commas, units in names, `ja` and `nein`, `k.A.`."""
    rng, n = np.random.default_rng(1), 240
    sex = rng.choice(["m", "w"], n)
    glucose = rng.normal(98, 14, n).round(1)
    cells = pd.DataFrame(
        {
            "Proben-Nr.": [f"L23-{k:05}" for k in range(1, n + 1)],
            "Entnahme": pd.Timestamp("2023-01-02") + pd.to_timedelta(rng.permutation(n) + rng.integers(0, 90, n), "D"),
            "Geschlecht": sex,
            "Glukose [mg/dl]": glucose,
            "Hämoglobin [g/dl]": (np.where(sex == "m", 15.2, 13.6) + rng.normal(0, 1, n)).round(1),
            "Leukozyten [10³/µl]": rng.gamma(9, 0.8, n).round(2),
            "Nüchtern": np.where(rng.random(n) < 0.7, "ja", "nein"),
        }
    )
    cells.loc[rng.random(n) < 0.06, "Leukozyten [10³/µl]"] = np.nan
    comma = lambda digits: lambda value: "k.A." if np.isnan(value) else f"{value:.{digits}f}".replace(".", ",")
    texts = cells.copy()
    texts["Entnahme"] = cells["Entnahme"].dt.strftime("%d.%m.%Y")
    for name, digits in (("Glukose [mg/dl]", 1), ("Hämoglobin [g/dl]", 1), ("Leukozyten [10³/µl]", 2)):
        texts[name] = cells[name].map(comma(digits))
    title = "Praxis Dr. Müller – Laborexport\r\nZeitraum: 01.01.2023 bis 31.12.2023\r\n\r\n"
    source = folder / "Laborwerte_2023.csv"
    source.write_bytes((title + delimited(texts, ";", "\r\n")).encode("cp1252"))
    types = dict.fromkeys(list(cells)[3:6], "number") | {"Proben-Nr.": "ignored", "Entnahme": "date"}
    types |= {"Geschlecht": "category", "Nüchtern": "category|boolean"}
    return Expected(
        source, "tables", n, types=types, cells=cells, texts=texts, may_ask=("--header-row 4",),
        says=(r"(line|row|header-row) 4\b|(3|three) (title )?lines",),
    )  # fmt: skip


def shop(folder: Path) -> Expected:
    """Orders: a byte order mark, two forms of dates, money, percent, an empty column, commas at line ends, totals."""
    rng, n = np.random.default_rng(2), 400
    quantity = rng.integers(1, 9, n)
    cells = pd.DataFrame(
        {
            "order_id": 100_000 + rng.choice(9000, n, replace=False),
            "ordered_at": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D"),
            "customer": [f"{rng.choice(LAST)}, {rng.choice(FIRST)} {chr(65 + k % 26)}{k}" for k in range(n)],
            "category": rng.choice(["garden", "kitchen", "toys", "books"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "qty": quantity,
            "price": (quantity * rng.lognormal(4, 0.8, n)).round(2),
            "discount": np.where(rng.random(n) < 0.6, 0.0, rng.integers(1, 9, n) * 5.0),
            "express": np.where(rng.random(n) < 0.25, "Yes", "No"),
            "coupon": None,
        }
    )
    texts = cells.copy()
    american = rng.random(n) < 0.4
    texts["ordered_at"] = [
        f"{day:%m/%d/%Y}" if us else f"{day:%Y-%m-%d}" for day, us in zip(cells["ordered_at"], american)
    ]
    texts["price"] = [f"${value:,.2f}" for value in cells["price"]]
    texts["discount"] = [f"{value:.0f}%" for value in cells["discount"]]
    lines = delimited(texts.assign(end="")).splitlines()
    lines[0] = lines[0].removesuffix("end")
    lines.append(f'Total,,,,{quantity.sum()},"${cells["price"].sum():,.2f}",,,,')
    source = folder / "orders-export.csv"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    types = {"order_id": "ignored", "ordered_at": "date", "customer": "ignored", "category": "category"}
    types |= {"qty": "number", "price": "number", "discount": "number", "express": "category|boolean"}
    return Expected(
        source, "tables", n, types=types | {"coupon": "ignored"}, cells=cells,
        says=(r"(?i)total", r"like 20\d\d-\d\d-\d\d"),
    )  # fmt: skip


def bank(folder: Path) -> Expected:
    """A French account in the order of its dates: `sep=;`, blanks in thousands, debit beside credit, a balance."""
    rng, n = np.random.default_rng(3), 520
    days = np.sort(rng.integers(0, 730, n))
    amount = np.where(rng.random(n) < 0.12, rng.normal(2400, 150, n), -rng.lognormal(3.6, 0.9, n)).round(2)
    labels = ["Courses", "Loyer", "Transport", "Santé", "Loisirs", "Épargne"]
    cells = pd.DataFrame(
        {
            "Date": pd.Timestamp("2022-03-01") + pd.to_timedelta(days, "D"),
            "Date valeur": pd.Timestamp("2022-03-01") + pd.to_timedelta(days + rng.integers(0, 3, n), "D"),
            "Libellé": [f"{rng.choice(SHOPS)} CB*{rng.integers(1000, 9999)} réf {k:06d}" for k in range(n)],
            "Catégorie": np.where(amount > 0, "Salaire", rng.choice(labels, n)),
            "Débit": np.where(amount < 0, -amount, np.nan),
            "Crédit": np.where(amount > 0, amount, np.nan),
            "Solde": (5000 + amount.cumsum()).round(2),
            "Pointé": np.where(rng.random(n) < 0.8, "oui", "non"),
        }
    )
    texts = cells.copy()
    for name in ("Date", "Date valeur"):
        texts[name] = cells[name].dt.strftime("%d/%m/%Y")
    french = lambda value: "" if np.isnan(value) else f"{value:,.2f}".replace(",", "\u202f").replace(".", ",")
    for name in ("Débit", "Crédit", "Solde"):
        texts[name] = cells[name].map(french)
    source = folder / "releve_compte.csv"
    source.write_text("sep=;\n" + delimited(texts, ";"), encoding="utf-8")
    types = {"Date": "date", "Date valeur": "date", "Libellé": "ignored", "Catégorie": "category"}
    types |= {"Débit": "number", "Crédit": "number", "Solde": "number", "Pointé": "category|boolean"}
    asks = {"--time Date|--time 'Date valeur'|--time \"Date valeur\"": {"time": "Date"}}
    return Expected(source, "tables", n, types=types, asks=asks, cells=cells, texts=texts)


def clinic(folder: Path) -> Expected:
    """A panel: eight visits of each of 60 patients, which must stay on one side of the split."""
    rng, patients, visits = np.random.default_rng(4), 60, 8
    who = np.repeat(np.arange(patients), visits)
    n = len(who)
    base = rng.normal(78, 14, patients)
    begun = rng.integers(0, 400, patients)
    cells = pd.DataFrame(
        {
            "patient_id": [f"P{k + 1:03}" for k in who],
            "visit": np.tile(np.arange(1, visits + 1), patients),
            "visit_date": pd.Timestamp("2021-02-01")
            + pd.to_timedelta(begun[who] + 28 * np.tile(np.arange(visits), patients) + rng.integers(-3, 4, n), "D"),
            "sex": rng.choice(["F", "M"], patients)[who],
            "smoker": np.where(rng.random(patients) < 0.3, "Y", "N")[who],
            "weight_kg": (base[who] + rng.normal(0, 1.2, n)).round(1),
            "systolic": (120 + 0.3 * (base[who] - 78) + rng.normal(0, 9, n)).round().astype(int),
            "medication": rng.choice(["none", "ACE", "beta blocker", "diuretic"], n, p=[0.4, 0.3, 0.2, 0.1]),
        }
    )
    texts = cells.assign(visit_date=cells["visit_date"].dt.strftime("%Y-%m-%d"))
    texts = texts.astype(str)
    source = folder / "visits.csv"
    source.write_text(delimited(texts))
    types = {"patient_id": "ignored", "visit": "number", "visit_date": "date", "sex": "category"}
    types |= {"smoker": "category|boolean", "weight_kg": "number", "systolic": "number", "medication": "category"}
    asks = {"--group patient_id": {"group": "patient_id"}}  # until then, a patient's sex is looked up
    return Expected(source, "tables", n, types=types, asks=asks, may_ask=("--filter",), cells=cells, texts=texts)


def sensor(folder: Path) -> Expected:
    """Readings every ten minutes with an offset from UTC, in the order of their clock; -999 where a sensor was off."""
    rng, n = np.random.default_rng(5), 1500
    clock = np.arange(n)
    temperature = (19 + 4 * np.sin(2 * np.pi * clock / 144) + rng.normal(0, 0.2, n)).round(2)
    carbon = np.clip(600 + 200 * np.sin(2 * np.pi * clock / 144 + 1) + rng.normal(0, 25, n), 400, None).round()
    off = rng.random(n) < 0.015
    cells = pd.DataFrame(
        {
            "timestamp": pd.Timestamp("2024-01-08 00:00", tz="+01:00") + pd.to_timedelta(10 * clock, "min"),
            "temp_C": temperature,
            "humidity_%": (55 - 1.5 * (temperature - 19) + rng.normal(0, 1, n)).round(1),
            "co2_ppm": np.where(off, np.nan, carbon),
            "status": np.where(off, "FAULT", np.where(carbon > 780, "WARN", "OK")),
            "device": "A-17",
        }
    )
    texts = cells.copy()
    texts["timestamp"] = [f"{moment:%Y-%m-%dT%H:%M:%S}+01:00" for moment in cells["timestamp"]]
    texts["temp_C"] = [f"{value:.2f}" for value in cells["temp_C"]]
    texts["co2_ppm"] = [f"{-999 if np.isnan(value) else value:.0f}" for value in cells["co2_ppm"]]
    source = folder / "room_sensor.tsv"
    source.write_text(delimited(texts.astype(str), "\t"))
    types = {"timestamp": "date", "temp_C": "number", "humidity_%": "number", "co2_ppm": "number", "status": "category"}
    asks = {"--time timestamp": {"time": "timestamp"}, "--missing co2_ppm=-999": {"missing": {"co2_ppm": [-999]}}}
    return Expected(source, "tables", n, types=types, asks=asks, cells=cells)


def survey(folder: Path) -> Expected:
    """Answers with whole questions as names, everything quoted, and two columns that are both called Comments."""
    rng, n = np.random.default_rng(6), 180
    agree = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
    texts = pd.DataFrame(
        {
            "Response ID": np.arange(1, n + 1).astype(str),
            "Q1. How old are you?": rng.integers(18, 80, n).astype(str),
            "Q2. I would recommend the service to a friend": rng.choice(agree, n),
            "a": np.where(rng.random(n) < 0.8, "", "fine"),
            "Q3. The staff was friendly": rng.choice(agree, n),
            "b": np.where(rng.random(n) < 0.9, "", "too slow, too loud"),
        }
    ).rename(columns={"a": "Comments", "b": "Comments"})
    source = folder / "survey_results.csv"
    source.write_text(delimited(texts, quoting=csv.QUOTE_ALL))
    return Expected(source, refuses="Comments")


def events(folder: Path) -> Expected:
    """Records of a web service, an object a line, packed: keys that some lack, null, truth values, moments in UTC."""
    rng, n = np.random.default_rng(7), 350
    plan = rng.choice(["free", "team", "business"], n, p=[0.6, 0.3, 0.1])
    cells = pd.DataFrame(
        {
            "event_id": [rng.bytes(8).hex() for _ in range(n)],
            "created_at": pd.Timestamp("2024-03-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 5_000_000, n), "s"),
            "plan": plan,
            "amount": np.where(plan == "free", 0.0, rng.lognormal(3, 0.5, n).round(2)),
            "premium": plan != "free",
            "seats": rng.integers(1, 30, n),
            "referrer": rng.choice(["ads", "search", "friend", None], n),
        }
    )
    records = cells.assign(created_at=[f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in cells["created_at"]])
    lines = []
    for number, record in enumerate(records.to_dict("records")):
        if record["referrer"] is None and number % 2:
            del record["referrer"]
        lines.append(json.dumps(record))
    source = folder / "events.jsonl.gz"
    source.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
    types = {"event_id": "ignored", "created_at": "date", "plan": "category", "amount": "number"}
    types |= {"premium": "boolean", "seats": "number", "referrer": "category"}
    return Expected(source, "tables", n, types=types, asks={"--filter premium": {}}, cells=cells)


def inventory(folder: Path) -> Expected:
    """A workbook: a first sheet of remarks, a second with a title, an empty row, names in row 3, and dates."""
    from openpyxl import Workbook

    rng, n = np.random.default_rng(8), 150
    cells = pd.DataFrame(
        {
            "Artikelnr.": [f"A-{k:04}" for k in range(1, n + 1)],
            "Bezeichnung": rng.choice(["Tisch", "Stuhl", "Lampe", "Regal", "Schrank"], n),
            "Menge": rng.integers(1, 40, n),
            "Preis (€)": rng.lognormal(4, 0.5, n).round(2),
            "Angeschafft": pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 3000, n), "D"),
            "Geprüft": np.where(rng.random(n) < 0.7, "ja", "nein"),
        }
    )
    book = Workbook()
    book.active.title = "Hinweise"
    for line in ("Inventarliste der Verwaltung", "Stand: 1. März 2024", "Rückfragen an Frau Weber"):
        book.active.append([line])
    sheet = book.create_sheet("Bestand")
    sheet.append(["Inventarliste 2024"])
    sheet.append([])
    sheet.append(list(cells))
    for row in cells.itertuples(index=False):
        sheet.append([value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in row])
    source = folder / "Inventar.xlsx"
    book.save(source)
    types = {"Artikelnr.": "ignored", "Bezeichnung": "category", "Menge": "number", "Preis (€)": "number"}
    types |= {"Angeschafft": "date", "Geprüft": "category|boolean"}
    asks = {"--sheet Bestand": {"sheet": "Bestand"}}
    return Expected(
        source, "tables", n, types=types, asks=asks, may_ask=("--header-row 3",), cells=cells,
        says=(r"(line|row|header-row) 3\b",),
    )  # fmt: skip


def trial(folder: Path) -> Expected:
    """Parquet of a study: ordered categories, whole numbers and truth values that may be missing, decimals, a zone."""
    rng, n = np.random.default_rng(9), 260
    gone = lambda share: rng.random(n) < share
    cells = pd.DataFrame(
        {
            "subject": pd.array(10_000 + rng.permutation(n) * 3, "Int64"),
            "arm": pd.Categorical(rng.choice(["placebo", "low", "high"], n), ["placebo", "low", "high"], ordered=True),
            "visits": pd.array(np.where(gone(0.1), None, rng.integers(1, 12, n)), "Int64"),
            "enrolled": pd.Timestamp("2023-05-01", tz="Europe/Berlin").normalize()
            + pd.Series([pd.DateOffset(days=int(k)) for k in rng.integers(0, 300, n)]),
            "responder": pd.array(np.where(gone(0.08), None, rng.random(n) < 0.4), "boolean"),
            "weight": rng.normal(74, 12, n).round(1),
            "cost": [Decimal(int(value)) / 100 for value in rng.integers(1000, 90_000, n)],
            "country": rng.choice(["DE", "FR", "PL"], n),
        }
    )
    source = folder / "trial.parquet"
    cells.to_parquet(source)
    types = {"subject": "ignored", "arm": "category", "visits": "number", "enrolled": "date", "responder": "boolean"}
    return Expected(
        source, "tables", n, cells=cells,
        types=types | {"weight": "number", "cost": "number", "country": "category"},
    )  # fmt: skip


def housing(folder: Path) -> Expected:
    """A .feather file of R or pandas: small number types, dates without a time, a truth value, categories."""
    rng, n = np.random.default_rng(10), 300
    area = rng.gamma(9, 11, n)
    sold = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 1500, n), "D")
    cells = pd.DataFrame(
        {
            "area": area.round(1).astype("float32"),
            "rooms": np.clip(area / 28 + rng.normal(0, 0.6, n), 1, None).round().astype("int16"),
            "price": (area * rng.normal(3100, 300, n)).round(-2),
            "city": pd.Categorical(rng.choice(["Graz", "Linz", "Wien"], n)),
            "has_garden": rng.random(n) < 0.35,
            "sold": sold,
        }
    )
    source = folder / "housing.feather"
    cells.to_feather(source)
    types = {"area": "number", "rooms": "number", "price": "number", "city": "category", "has_garden": "boolean"}
    return Expected(source, "tables", n, types=types | {"sold": "date"}, cells=cells)


FIRST = ["Anna", "Ben", "Chloé", "David", "Élise", "Farid", "Grace", "Hugo"]
LAST = ["O'Neil", "Smith", "García", "Müller", "Novak", "Rossi", "Tanaka"]
SHOPS = ["CARREFOUR", "SNCF", "PHARMACIE DU PARC", "EDF", "FNAC", "BOULANGERIE MARTIN", "VIREMENT"]
FILES = (laboratory, shop, bank, clinic, sensor, survey, events, inventory, trial, housing)

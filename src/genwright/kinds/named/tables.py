"""Published tables: one CSV file each, with a header line and empty cells for missing values; and the sets that
come with scikit-learn, its images of digits among them.
"""

import io

import numpy as np
import pandas as pd

from ...core.account import Account
from ..formats.download import File, content
from ..formats.raw import Raw

GITHUB = "https://raw.githubusercontent.com/"
BROWNLEE = GITHUB + "jbrownlee/Datasets/d20fcb6402ae34e653d4513b00f39257bb37ed7f/"
SEABORN = GITHUB + "mwaskom/seaborn-data/71e2436a092d714350de0fc409ca8a8714e7e78f/"
PENGUINS = GITHUB + "allisonhorst/palmerpenguins/8957207b78d6ccd1b4654a9dd9c9041b657478ab/inst/extdata/"
HOUSING = GITHUB + "ageron/handson-ml/b7051594afbb1d835f5e031af8664c4363878050/datasets/housing/"
UCI = "https://archive.ics.uci.edu/ml/machine-learning-databases/"

WINE_COLUMNS = (
    "fixed_acidity,volatile_acidity,citric_acid,residual_sugar,chlorides,free_sulfur_dioxide,total_sulfur_dioxide,"
    "density,ph,sulphates,alcohol,quality"
)
ADULT_COLUMNS = (
    "age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,capital_gain,"
    "capital_loss,hours_per_week,native_country,income"
)
ABALONE_COLUMNS = "sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,shell_weight,rings"
COLIC_COLUMNS = (
    "surgery,age,hospital_number,rectal_temperature,pulse,respiratory_rate,temperature_of_extremities,peripheral_pulse,"
    "mucous_membranes,capillary_refill_time,pain,peristalsis,abdominal_distension,nasogastric_tube,nasogastric_reflux,"
    "nasogastric_reflux_ph,rectal_exam_feces,abdomen,packed_cell_volume,total_protein,abdominocentesis_appearance,"
    "abdominocentesis_total_protein,outcome,surgical_lesion,lesion_1,lesion_2,lesion_3,cp_data"
)

FILES = {
    name: File(f"tables/{name.replace('-', '_')}.csv.gz", digest, places, columns)
    for name, digest, places, columns in (
        ("abalone", "b36baf97dbcb1ae8d70ae95dd06794ce7878aef96cefc29cd0c8ca0fd9f8aee1",
         (UCI + "abalone/abalone.data", BROWNLEE + "abalone.csv"), ABALONE_COLUMNS),
        ("adult-train", "98fbe372dd00d6afcdec811b8bb79925ff35cf6ca47fc83193913554531e8bc9",
         (UCI + "adult/adult.data", BROWNLEE + "adult-train.csv"), ADULT_COLUMNS),
        ("adult-test", "870b80a0b6988151df9d69368e1e5146584a44cb47a77d1463595b8f169eb6c6",
         (UCI + "adult/adult.test", BROWNLEE + "adult-test.csv"), ADULT_COLUMNS),
        ("california-housing", "8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e",
         (HOUSING + "housing.csv",), ""),
        ("diamonds", "243996d7650e84e190a88d505b44c3a0be1bcfc7b4f32606d60d103a51494b9e",
         (SEABORN + "diamonds.csv",), ""),
        ("horse-colic", "241cf0dd1368063d04bed5ac18175ed409242f8cf180986700317e2409ca8c85",
         (BROWNLEE + "horse-colic.csv",), COLIC_COLUMNS),
        ("mpg", "c14b8b855ea7ee86cb9736bf8caaf281c4685ca08826f3eb2acaccaaf40f0d5a",
         (SEABORN + "mpg.csv",), ""),
        ("penguins", "1867a776a83379df4219f227bb1effb967da12adb13732127c8c8d120434c29b",
         (PENGUINS + "penguins.csv",), ""),
        ("titanic", "81787d320d7f7b03df935e91de8bd19e11d45c5bbcab86ef4d4a76dc91b7d4f2",
         (SEABORN + "titanic.csv",), ""),
        ("wine-quality-red", "4875b75a6aadaa06cd10c018ec161c0e86d0fe6c47664a1f438329f77aa3ecab",
         (BROWNLEE + "winequality-red.csv",), WINE_COLUMNS),
        ("wine-quality-white", "e2fa9a3395486dcd9b18eca71283d504bdca5b88b799f824d70d673bd499ce10",
         (BROWNLEE + "winequality-white.csv",), WINE_COLUMNS),
    )
}  # fmt: skip


def table(name: str) -> Raw:
    return Raw("tables", name, _read(FILES[name]), account=Account())


def adult() -> Raw:
    """Census income in the official split; a few rows of the two parts are equal, as they were published."""
    train, test = _read(FILES["adult-train"]), _read(FILES["adult-test"])
    parts = np.repeat(np.array(["", "test"]), [len(train), len(test)])
    return Raw("tables", "adult", pd.concat([train, test], ignore_index=True), parts=parts, account=Account())


def titanic() -> Raw:
    """Loads Titanic without the columns that repeat others: alive = survived, class = pclass, embark_town =
    embarked."""
    return Raw("tables", "titanic", _read(FILES["titanic"]), drop=("alive", "class", "embark_town"), account=Account())


def horse_colic() -> Raw:
    """Reads the horse colic table. The lesion codes have leading zeros, so they are text."""
    codes = {f"lesion_{i}": str for i in (1, 2, 3)}
    return Raw("tables", "horse-colic", _read(FILES["horse-colic"], codes), account=Account())


def _read(file: File, dtype: dict | None = None) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content(file)), keep_default_na=False, na_values=[""], dtype=dtype)


def digits() -> Raw:
    """Reads the digits of scikit-learn: 1,797 handwritten digits, 8 x 8, 17 levels: each pixel counts the ink dots of a
    4 x 4 block of the scan."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Raw("images", "digits", bunch.images.astype(np.uint8)[..., None], bunch.target, levels=17, account=Account())


def iris() -> Raw:
    from sklearn.datasets import load_iris

    return _name_classes("iris", load_iris(as_frame=True))


def wine() -> Raw:
    from sklearn.datasets import load_wine

    return _name_classes("wine", load_wine(as_frame=True))


def breast_cancer() -> Raw:
    from sklearn.datasets import load_breast_cancer

    return _name_classes("breast-cancer", load_breast_cancer(as_frame=True))


def diabetes() -> Raw:
    """Diabetes in its original units: scikit-learn's default standardises over all rows, test rows too."""
    from sklearn.datasets import load_diabetes

    return Raw("tables", "diabetes", load_diabetes(as_frame=True, scaled=False).frame, account=Account())


def _name_classes(name: str, found) -> Raw:
    """The frame with the classes by their names."""
    frame = found.frame.rename(columns=lambda column: column.replace(" ", "_"))
    frame["target"] = np.asarray(found.target_names).astype(object)[frame["target"]]
    return Raw("tables", name, frame, account=Account())

"""The citation graphs as Yang, Cohen & Salakhutdinov (2016) published them: files ind.NAME.part, all but one pickled by
Python 2.

    x, y          features and labels of the training nodes, which come first
    allx, ally    of all nodes but those of the test
    tx, ty        of the test nodes, in the order of test.index
    graph         {node: [neighbours]}
    test.index    the test nodes, a number a line; Citeseer's leave out 15, which have no features and no label

Opening a pickle can run any program. Only the published files are opened, which their checksums prove, and even there
only by the names that they need.
"""

import collections
import hashlib
import io
import pickle
from pathlib import Path

import numpy as np
import torch
from scipy import sparse

from ...core.errors import DataError
from ...core.graph import from_edges, undirected, without_self_loops
from ...core.limits import read_plain
from ...kinds.formats.download import cached
from ..networks.features import SparseRows
from .graph_data import UNKNOWN, GraphData

FILE_ENDINGS = ("x", "y", "tx", "ty", "allx", "ally", "graph", "test.index")
VALID = 500  # nodes after the training nodes
CHECKSUMS = {  # the id that Git gives each file in github.com/kimiyoung/planetoid: SHA-1 of its size and content
    "ind.citeseer.allx": "592091071ac35b78599c722d0e60b1c655711728",
    "ind.citeseer.ally": "7503f81a0b6ac1cc21cb5a97073542a6b1dfe99c",
    "ind.citeseer.graph": "a01dca663d0103c130f525017a4a9c313037e286",
    "ind.citeseer.test.index": "62d9e3d5ed53c66b069125af98529d76c70d9b3e",
    "ind.citeseer.tx": "b2aff18aa1fc6f4f5e8c64db7643b59b24e42584",
    "ind.citeseer.ty": "3795f79df0cd1123f4478b77c148a5fbacc4cefb",
    "ind.citeseer.x": "f094104a66f2689ffbd01085fe6a856689e9db9e",
    "ind.citeseer.y": "e857ac49b611da98e101a068cf4855350274f68a",
    "ind.cora.allx": "44d53b1fece343538e45592caac521d73c6f98d6",
    "ind.cora.ally": "04fbd0b083d09341fcf16b395c642329637f0542",
    "ind.cora.graph": "4d3bf85dfc8b1c105a2c995597a1b3eed6947925",
    "ind.cora.test.index": "ded8092db4cd767a367eebe09003b954a5316f24",
    "ind.cora.tx": "6e856d777401ee15dc8619db76c97d0a40ba2d60",
    "ind.cora.ty": "da1734ab670b5c8ecee78a9c30b35566df916f4b",
    "ind.cora.x": "c4a91d008245403e7f26aa616b437191509793c0",
    "ind.cora.y": "58e30ef120d3553cfaac33ff28c6b5436dbef661",
    "ind.pubmed.allx": "3b86bccf08111c37c632a9dd8ab63db25ea76361",
    "ind.pubmed.ally": "4c8bcdc80882dd225fe4dd4fafd723baa616ac97",
    "ind.pubmed.graph": "76eb87e628a6b9d43fc31ea42c8c6c8f3e52b404",
    "ind.pubmed.test.index": "41f6befcb7750cc4858cb852f2b349a9598cb2f4",
    "ind.pubmed.tx": "eee4f3c988fde0da87a9ec7b01ca5e7863c1b1f1",
    "ind.pubmed.ty": "225a0bb9bb6430e3925d04688daf6a0da964c07a",
    "ind.pubmed.x": "16c0eca8d2b3297014ff80327416f9332eda10d7",
    "ind.pubmed.y": "e86670576c85340eeb2271b3c918bfa89322b2cf",
}
NAMES = {
    ("scipy.sparse.csr", "csr_matrix"): sparse.csr_matrix,
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("collections", "defaultdict"): collections.defaultdict,
    ("__builtin__", "list"): list,
}


def planetoid_set(name: str) -> GraphData:
    """Reads a published set, from planetoid/ind.NAME.* in $GENWRIGHT_DATA or the cache."""
    return read_planetoid(cached(f"planetoid/ind.{name}.graph").parent, name)


def read_planetoid(folder: Path, name: str) -> GraphData:
    """Reads a set with its public split: training nodes are the rows of x, validation the next 500, test those of
    test.index.

    Raises DataError where a file is missing, damaged, or none of those that were published.
    """
    x, y, tx, ty, allx, ally, links, order = (_read(folder / f"ind.{name}.{part}") for part in FILE_ENDINGS)
    nodes = int(order.max()) + 1
    labels = np.zeros((nodes, y.shape[1]), np.int64)
    labels[: len(ally)], labels[order] = ally, ty
    row = np.concatenate([np.arange(len(ally)), order])
    words = sparse.vstack([allx, tx]).tocoo()
    known = labels.sum(1) > 0
    parts = np.full(nodes, "", dtype="<U5")
    parts[: len(y)], parts[len(y) : len(y) + VALID], parts[order] = "train", "valid", "test"
    tensor = lambda values: torch.as_tensor(np.asarray(values, np.int64))
    features = from_edges(
        tensor(words.col), tensor(row[words.row]), nodes, torch.as_tensor(words.data).float(), columns=words.shape[1]
    )
    source, target = ([i for i, js in links.items() for _ in js], [j for js in links.values() for j in js])
    graph = from_edges(tensor(source), tensor(target), nodes).with_weight(None)
    labels = torch.as_tensor(np.where(known, labels.argmax(1), UNKNOWN))
    classes = tuple(str(k) for k in range(y.shape[1]))
    return GraphData(name, without_self_loops(undirected(graph)), SparseRows(features), labels, classes, parts=parts)


def _read(path: Path) -> object:
    if not path.exists():
        raise DataError(f"{path.parent} holds no {path.name}: put all eight files of the set there")
    raw = bytes(read_plain(path))
    if hashlib.sha1(b"blob %d\0" % len(raw) + raw).hexdigest() != CHECKSUMS.get(path.name):
        raise DataError(
            f"{path} is not the published file, and a pickle could run a program: fetch it from "
            "github.com/kimiyoung/planetoid, or give your graph as an edge list"
        )
    return np.array(raw.split(), np.int64) if path.suffix == ".index" else _Unpickler(raw).load()


class _Unpickler(pickle.Unpickler):
    """Knows no names but `NAMES`."""

    def __init__(self, raw: bytes):
        super().__init__(io.BytesIO(raw), encoding="latin1")

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in NAMES:
            raise pickle.UnpicklingError(f"{module}.{name} is not among the names that such files need")
        return NAMES[module, name]

"""mol_ga: its graph GA within the limits of ours, and goals of GuacaMol that both search for."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from genwright.molecules.chemistry.standards import quiet_rdkit
from genwright.molecules.design.limits import Limits, smiles_within

NAMED = {
    "osimertinib": "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34",
    "fexofenadine": "CC(C)(C(=O)O)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4",
    "ranolazine": "COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc3c(C)cccc3C)CC2",
    "perindopril": "O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC",
    "amlodipine": r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC",
    "tadalafil": "O=C1N(CC(N2C1CC3=C(C2C4=CC5=C(OCO5)C=C4)NC6=C3C=CC=C6)=O)C",
    "sildenafil": "CCCC1=NN(C2=C1N=C(NC2=O)C3=C(C=CC(=C3)S(=O)(=O)N4CCN(CC4)C)OCC)C",
    "zaleplon": "O=C(C)N(CC)C1=CC=CC(C2=CC=NC3=C(C=NN23)C#N)=C1",
}  # fmt: skip
SETTINGS = {"large": (10_000, 100), "small": (1_000, 5)}  # molecules of the population, children a generation


class Enough(Exception):
    """All calls are made."""


def goals() -> dict[str, Callable]:
    """{task: score of a molecule of RDKit}: four multi-property objectives of GuacaMol (Brown et al. 2019) that are
    measured, and some of their kind by which settings are chosen.

    Parts are joined by their geometric mean.
    """
    from rdkit import Chem, DataStructs
    from rdkit.Chem import Crippen, rdFingerprintGenerator, rdMolDescriptors

    morgan = rdFingerprintGenerator.GetMorganGenerator
    classes = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    ways = {
        "ECFP4": morgan(radius=2),
        "ECFP6": morgan(radius=3),
        "FCFP4": morgan(radius=2, atomInvariantsGenerator=classes),
        "pairs": rdFingerprintGenerator.GetAtomPairGenerator(maxDistance=10),
    }

    def like(name: str, way: str) -> Callable:
        count = ways[way].GetSparseCountFingerprint
        own = count(Chem.MolFromSmiles(NAMED[name]))
        return lambda molecule: DataStructs.TanimotoSimilarity(own, count(molecule))

    bell = lambda value, mean, sd: math.exp(-0.5 * ((value - mean) / sd) ** 2)
    least = lambda value, mean, sd: 1.0 if value >= mean else bell(value, mean, sd)
    most = lambda value, mean, sd: 1.0 if value <= mean else bell(value, mean, sd)
    tpsa, logp, rings = rdMolDescriptors.CalcTPSA, Crippen.MolLogP, rdMolDescriptors.CalcNumRings
    aromatic, fluorine = rdMolDescriptors.CalcNumAromaticRings, Chem.MolFromSmarts("F")
    osimertinib, too_alike = like("osimertinib", "FCFP4"), like("osimertinib", "ECFP6")
    fexofenadine, ranolazine = like("fexofenadine", "pairs"), like("ranolazine", "pairs")
    perindopril, amlodipine = like("perindopril", "ECFP4"), like("amlodipine", "ECFP4")
    tadalafil, sildenafil = like("tadalafil", "ECFP6"), like("sildenafil", "ECFP6")
    parts = {
        "osimertinib": lambda m: (min(1, osimertinib(m) / 0.8), most(too_alike(m), 0.85, 0.1),
                                  least(tpsa(m), 100, 10), most(logp(m), 1, 1)),
        "fexofenadine": lambda m: (min(1, fexofenadine(m) / 0.8), least(tpsa(m), 90, 10), most(logp(m), 4, 1)),
        "ranolazine": lambda m: (min(1, ranolazine(m) / 0.7), least(logp(m), 7, 1), least(tpsa(m), 95, 20),
                                 bell(len(m.GetSubstructMatches(fluorine)), 1, 1)),
        "perindopril": lambda m: (perindopril(m), bell(aromatic(m), 2, 0.5)),
        "amlodipine": lambda m: (amlodipine(m), bell(rings(m), 3, 0.5)),
        "median 2": lambda m: (tadalafil(m), sildenafil(m)),
        "sildenafil": lambda m: (min(1, sildenafil(m) / 0.65), least(tpsa(m), 110, 10), most(logp(m), 2, 1)),
        "zaleplon": lambda m: (zaleplon(m), bell(tpsa(m), 75, 10)),
    }  # fmt: skip
    zaleplon = like("zaleplon", "ECFP4")
    return {task: lambda m, of=of: math.prod(values := of(m)) ** (1 / len(values)) for task, of in parts.items()}


def search(score: Callable, start: list[str], limits: Limits, setting: str, seed: int, calls: int) -> list[float]:
    """The scores of mol_ga's calls, in order. A child beyond the limits is not scored, and costs no call.

    Args:
        score: Of one SMILES.
        start: SMILES that it starts from.
        limits: Of every molecule.
        setting: A key of SETTINGS.
        seed: Of its random numbers.
        calls: Different molecules that it may score.
    """
    from mol_ga import default_ga
    from mol_ga.graph_ga.gen_candidates import graph_ga_blended_generation
    from rdkit import Chem

    scores, (population, children), known = [], SETTINGS[setting], {}

    def within(*words) -> set[str]:
        molecules = {text: Chem.MolFromSmiles(text) for text in sorted(graph_ga_blended_generation(*words))}
        return {smiles for one in molecules.values() if one and (smiles := smiles_within(limits, one))}

    def count(smiles: list[str]) -> list[float]:
        for text in smiles:
            if len(scores) == calls:
                raise Enough
            known[text] = score(text)
            scores.append(known[text])
        return [known[text] for text in smiles]

    try:
        with quiet_rdkit():
            default_ga(
                start, count, max_generations=10**9, offspring_size=children, offspring_gen_func=within,
                population_size=population, rng=random.Random(seed),
            )  # fmt: skip
    except Enough:
        return scores

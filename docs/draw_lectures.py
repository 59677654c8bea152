"""docs/lectures.md: for each topic, the code with its equations, the card of its family, its page and one command."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from drawing import ROOT, table

sys.path.insert(0, str(ROOT / "benchmarks"))
from systems import GROUPS


@dataclass(frozen=True)
class Topic:
    """Args:
    symbols: "module:name" below genwright, where the equations are; the first is the class of the family, if any.
    page: of the docs.
    command: one that shows it.
    family: whose card builds the first symbol; "" where the topic is no family.
    label: kind of data, or task, of that card.
    """

    symbols: tuple[str, ...]
    page: str
    command: str
    family: str = ""
    label: str = "images"


TOPICS = {
    "A1": Topic(
        ("families.latent.autoencoder:Autoencoder",), "latents.md", "fit digits --family autoencoder", "autoencoder"
    ),
    "A2": Topic(
        ("families.latent.vae:VAE", "families.latent.vae:IWAE"), "latents.md", "fit digits --family vae", "vae"
    ),
    "A3": Topic(
        ("families.latent.semi_supervised_vae:SemiSupervisedVAE",),
        "latents-discrete.md",
        "fit digits --family semi-supervised-vae",
        "semi-supervised-vae",
    ),
    "A4": Topic(
        ("families.latent.discrete_vae:DiscreteVAE",),
        "latents-discrete.md",
        "fit digits --family discrete-vae",
        "discrete-vae",
    ),
    "A5": Topic(
        ("families.two_stage.quantized:VQCodec", "families.two_stage.vector_quantisers:Codebook"),
        "two-stages.md",
        "fit digits --family vq-vae",
        "vq-vae",
    ),
    "A6": Topic(
        ("families.two_stage.quantized:HierarchicalCodec",),
        "two-stages.md",
        "fit fashion-mnist --family vq-vae-2",
        "vq-vae-2",
    ),
    "A7": Topic(
        ("families.latent.sequences:SequenceVAE", "networks.causal:Conducted"),
        "music.md",
        "fit jsb-chorales --family vae",
        "vae",
        "music",
    ),
    "A8": Topic(
        ("networks.perceptual:PerceptualDistance", "studies.attributes:attribute_vector"),
        "latents.md",
        "fit digits --family vae --preset perceptual",
    ),
    "B1": Topic(("families.adversarial.gan:GAN",), "adversarial.md", "fit digits --family gan", "gan"),
    "B2": Topic(("families.adversarial.gan:Loss",), "adversarial.md", "fit digits --family gan --preset hinge"),
    "B3": Topic(
        ("families.adversarial.gan:diff_augment",),
        "adversarial.md",
        "fit digits --family gan --preset augment",
    ),
    "B4": Topic(
        ("families.adversarial.bigan:BiGAN", "families.adversarial.style_gan:StyleGAN"),
        "adversarial.md",
        "fit digits --family gan --preset style",
    ),
    "C1": Topic(
        ("families.flows.flow:Flow", "networks.coupling:Spline"), "tables.md", "fit iris --family flow", "flow"
    ),
    "C2": Topic(
        ("families.diffusion.flow_matching:FlowMatching", "families.diffusion.probability_flow:velocity"),
        "images.md",
        "fit digits --family flow-matching",
        "flow-matching",
    ),
    "D1": Topic(
        ("families.autoregressive.autoregressive:Autoregressive", "networks.masked_conv:GatedPixelCNN"),
        "images.md",
        "fit digits --family autoregressive",
        "autoregressive",
    ),
    "D2": Topic(
        ("families.autoregressive.autoregressive:AutoregressiveInTime", "sound.networks.wavenet:WaveNet"),
        "sound.md",
        "fit fsdd --family autoregressive",
        "autoregressive",
        "audio",
    ),
    "D3": Topic(
        ("networks.causal:CausalTransformer",),
        "sequence-models.md",
        "fit tiny-shakespeare --family autoregressive",
    ),
    "D4": Topic(("networks.made:MADE",), "tables.md", "fit iris --family autoregressive"),
    "E1": Topic(("families.energy:Energy",), "images.md", "fit digits --family energy", "energy"),
    "E2": Topic(
        ("families.diffusion.denoising:ScoreMatching", "families.diffusion.samplers:annealed_langevin"),
        "images.md",
        "fit digits --family score-matching",
        "score-matching",
    ),
    "F1": Topic(("families.diffusion.diffusion:Diffusion",), "images.md", "fit digits --family diffusion", "diffusion"),
    "F2": Topic(
        ("families.diffusion.samplers:ddim", "families.diffusion.samplers:dpm_solver", "families.guidance:linear"),
        "sampling.md",
        "sample runs/digits-diffusion --sampler dpm-solver",
    ),
    "F3": Topic(
        ("families.diffusion.diffusion:VariationalDiffusion", "families.diffusion.noise_schedules:Terms"),
        "images.md",
        "log-prob runs/digits-diffusion digits",
    ),
    "F4": Topic(
        ("families.two_stage.two_stage:Cascade",), "two-stages.md", "fit fashion-mnist --family cascade", "cascade"
    ),
    "F5": Topic(
        ("families.diffusion.samplers:repaint", "families.conditions:draw_known"),
        "tables.md",
        "complete runs/digits-diffusion digits",
    ),
    "F6": Topic(
        ("families.two_stage.two_stage:TwoStage", "families.two_stage.quantized:GaussianCodec"),
        "two-stages.md",
        "fit fashion-mnist --family latent-diffusion",
        "latent-diffusion",
    ),
    "F7": Topic(
        ("families.diffusion.token_diffusion:TokenDiffusion", "families.diffusion.categorical_noise:CategoricalNoise"),
        "sequence-models.md",
        "fit jsb-chorales --family discrete-diffusion",
        "discrete-diffusion",
        "music",
    ),
    "G1": Topic(
        ("families.match.matching:Clip",), "matching.md", "fit shapes --task match --given caption", "clip", "match"
    ),
    "G2": Topic(
        ("families.two_stage.dall_e:TextThenCodes",),
        "two-stages.md",
        "fit shapes --given caption --family dall-e",
        "dall-e",
    ),
    "G3": Topic(
        ("families.two_stage.unclip:UnCLIP",), "two-stages.md", "fit shapes --given caption --family unclip", "unclip"
    ),
    "G4": Topic(("kinds.named.shapes:shapes",), "images.md", "fit shapes --given caption"),
    "G5": Topic(
        ("networks.unet:CrossAttention", "networks.conditioning:TextEncoder"),
        "images.md",
        "fit shapes --given caption --family latent-diffusion",
    ),
    "G6": Topic(
        ("families.two_stage.words_and_images:WordsAndImages", "networks.words_and_codes:WordsAndCodesNetwork"),
        "words-and-images.md",
        "fit shapes --given caption,answers --family words-and-images",
        "words-and-images",
    ),
    "G7": Topic(
        (
            "families.diffusion.flow_matching:FlowMatching",
            "motion.networks.clips:SpacetimeTransformer",
            "networks.control:SteeredVelocity",
        ),
        "motion.md",
        "fit moving-digit --given caption --family flow-matching",
        "flow-matching",
        "clips",
    ),
    "H1": Topic(("graphs.networks.convolutions:GCN",), "graphs.md", "fit cora --family gcn", "gcn", "nodes"),
    "H2": Topic(
        (
            "graphs.networks.convolutions:GAT",
            "graphs.networks.convolutions:GIN",
            "graphs.networks.convolutions:SAGE",
            "graphs.networks.convolutions:Cheb",
        ),
        "graphs.md",
        "fit cora --family gat",
        "gat",
        "nodes",
    ),
    "H3": Topic(("graphs.studies.ladder:ladder",), "graphs.md", "ladder cora"),
    "H4": Topic(
        ("graphs.families.links:LinkPredictor", "graphs.families.graphs:GraphPredictor"),
        "graphs.md",
        "fit cora --task links",
    ),
    "H5": Topic(
        ("graphs.networks.samplers.block:Sampler", "graphs.networks.samplers.layers:LADIES"),
        "graphs.md",
        "fit cora --family gcn --preset ladies",
    ),
    "H6": Topic(
        ("graphs.networks.depth:DeepNetwork", "graphs.studies.depth:sweep"),
        "graphs.md",
        "depth cora",
        "deep-gcn",
        "nodes",
    ),
    "H7": Topic(
        ("graphs.networks.weisfeiler_lehman:colours", "graphs.studies.expressiveness:table"),
        "graphs.md",
        "expressiveness",
    ),
    "H8": Topic(
        ("graphs.networks.recommenders:LightGCN", "graphs.networks.recommenders:PinSage", "graphs.networks.rgcn:RGCN"),
        "graphs.md",
        "fit gowalla",
        "lightgcn",
        "recommend",
    ),
    "H9": Topic(("studies.plot:plot",), "graphs.md", "plot runs/cora-gat cora --what attention"),
    "I1": Topic(
        ("graphs.families.graph_vae:GraphVAE",),
        "graphs-generated.md",
        "fit tree --family graph-vae",
        "graph-vae",
        "graph-sets",
    ),
    "I2": Topic(
        ("graphs.families.ordered_graphs:GraphRNN",),
        "graphs-generated.md",
        "fit tree --family graph-rnn",
        "graph-rnn",
        "graph-sets",
    ),
    "I3": Topic(("graphs.families.gran:GRAN",), "graphs-generated.md", "fit tree --family gran", "gran", "graph-sets"),
    "I4": Topic(
        ("graphs.families.discrete_diffusion:DiscreteDiffusion",),
        "graphs-generated.md",
        "fit tree --family discrete-diffusion",
        "discrete-diffusion",
        "graph-sets",
    ),
    "I5": Topic(
        ("graphs.measure.graph_statistics:spectrum", "graphs.measure.graph_statistics:orbits"),
        "metrics.md",
        "compare tree",
    ),
    "J1": Topic(
        ("families.autoregressive.autoregressive:AutoregressiveInTime",),
        "molecules.md",
        "fit moses --family autoregressive",
    ),
    "J2": Topic(
        ("families.diffusion.equivariant_diffusion:EquivariantDiffusion", "networks.equivariant.egnn:EGNN"),
        "points.md",
        "fit qm7 --family equivariant-diffusion",
        "equivariant-diffusion",
        "points",
    ),
    "J3": Topic(
        ("families.two_stage.latent_point_diffusion:LatentPointDiffusion",),
        "points.md",
        "fit qm7 --family latent-diffusion",
        "latent-diffusion",
        "points",
    ),
    "J4": Topic(
        ("molecules.design.genetic:search", "molecules.design.reinvent:search"),
        "design.md",
        "design moses --want 'qed>=0.9'",
    ),
    "J5": Topic(("molecules.chemistry.notations:scaffold_first",), "molecules.md", "fit moses --given scaffold"),
    "J6": Topic(
        ("molecules.families.properties:PropertyPredictor", "molecules.networks.bond_messages:BondMessages"),
        "properties.md",
        "fit freesolv --family dmpnn",
        "dmpnn",
        "properties",
    ),
    "J7": Topic(("molecules.screen.screen_library:screen",), "screening.md", "screen library.smi --assay assay.csv"),
    "J8": Topic(
        ("molecules.measure.molecule_metrics:moses", "molecules.chemistry.properties:synthetic_accessibility"),
        "metrics.md",
        "compare moses",
    ),
    "K1": Topic(
        ("proteins.families.alphafold2:AlphaFold2", "proteins.networks.structure:InvariantPointAttention"),
        "proteins.md",
        "fit chains/ --family alphafold2",
        "alphafold2",
        "structure",
    ),
    "K2": Topic(
        ("proteins.families.alphafold3:AlphaFold3", "proteins.networks.denoiser:StructureDenoiser"),
        "proteins.md",
        "fit chains/ --family alphafold3",
        "alphafold3",
        "structure",
    ),
    "L1": Topic(("studies.compare.compare_families:compare",), "choosing.md", "compare digits --minutes 4"),
    "L2": Topic(
        ("families.guidance:predict_guided",),
        "sampling.md",
        "sample runs/digits-diffusion --given label=3 --guidance 2",
    ),
    "L3": Topic(("families.conditions:draw_known",), "tables.md", "complete runs/iris-vae iris"),
    "L4": Topic(("training.world:World",), "many-machines.md", "fit digits --processes 2"),
    "L5": Topic(
        ("core.entropy_coder:Stack", "families.latent.vae:BitsBack"),
        "compression.md",
        "compress runs/digits-vae digits",
    ),
    "L6": Topic(("studio.server:serve",), "studio.md", "studio"),
    "L7": Topic(("studies.reproduce:reproduce",), "graphs.md", "reproduce"),
}
MISSING = "not here yet"
HEAD = (
    "# Lectures\n\nThis page is for people who learn generative models and learning on graphs, or teach them. Each row "
    "leads from a topic to the code with its equations, the page of its family, the page about the topic, and one "
    "command. "
    "[Systems](systems.md) has the measured figures.\n"
)


def path_of(symbol: str) -> str:
    module = symbol.split(":")[0]
    return f"[{symbol.split(':')[1]}](../src/genwright/{module.replace('.', '/')}.py)"


def row(key: str, name: str) -> list[str | None]:
    if key not in TOPICS:
        return [f"{key} {name}", MISSING, None, None, None]
    topic = TOPICS[key]
    card = f"[{topic.family}](families/{topic.family}.md)" if topic.family else None
    equations = ", ".join(map(path_of, topic.symbols))
    return [f"{key} {name}", equations, card, f"[{topic.page}]({topic.page})", f"`genwright {topic.command}`"]


def page() -> str:
    lines = [HEAD]
    for group, systems in GROUPS.items():
        rows = [row(key, name) for key, name in systems.items()]
        lines += [f"## {group}\n", *table(["Topic", "Equations", "Family", "Page", "A command"], rows), ""]
    return "\n".join(lines)

"""What a model writes: captions of images, answers to questions about them, and long captions of short prompts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import torch

from ..core.arguments import checked
from ..core.errors import GivenError, Unsupported
from ..core.type_names import UserItems
from ..kinds.fields.captions import plain
from ..kinds.formats.images.answers import NAME, plain_question
from .sampling import Sampling

if TYPE_CHECKING:
    from ..kinds.fields.text import Text

WORDS_SHOWN = 8  # words of training that an error names


class Writing(Sampling):
    """The verbs `caption`, `answer` and `expand`."""

    @checked
    def caption(self, x: UserItems, *, n: int = 1, seed: int = 0) -> pd.DataFrame:
        """Captions of images: a DataFrame with the columns image (its number), caption and nats, -log p(caption |
        image), best first for each image.

        Args:
            x: Images, of any size, brought to the model's with a warning.
            n: Captions of each image. One is written token by token, each the likeliest; several are drawn.
            seed: Seed of captions that are drawn.

        Raises Unsupported for a family that writes none, and for a model of edits. Raises DataError for images that do
        not fit, GivenError for an n below 1.
        """
        self._require("caption")
        self._refuse_edits("captions no images")
        if n < 1:
            raise GivenError(f"n must be at least 1 to caption, not {n}: pass n=1")
        tensor = self._encode_start(x, "x")
        write = lambda i, part: self.family.caption(part, self._draws("caption", seed, i), n)
        tokens, nats = (torch.cat(parts)[: len(tensor)] for parts in zip(*self._in_blocks(write, tensor)))
        texts = map(_printable, self.domain.captions.decode(tokens.flatten(0, 1)))
        table = pd.DataFrame({"image": torch.arange(len(tensor)).repeat_interleave(n), "caption": list(texts)})
        table["nats"] = -nats.flatten().double().numpy()
        return table.sort_values(["image", "nats"], kind="stable").reset_index(drop=True)

    @checked
    def answer(self, x: UserItems, questions: str | Sequence[str]) -> pd.DataFrame:
        """Answers to questions about images: a DataFrame with one row per image and one column per question.

        Each image is read once, however many questions there are.

        Args:
            x: Images, of any size, brought to the model's with a warning.
            questions: One question or several, such as "which colour?".

        Raises Unsupported for a family that answers none, and for a model that was trained without questions. Raises
        GivenError for a question with words that training never saw, DataError for images that do not fit.
        """
        self._require("answer")
        if (field := self.domain.fields.get(NAME)) is None:
            raise Unsupported(
                f"this {self._name} was trained without questions: train it with --given caption --given {NAME}, on "
                "images whose table has the columns question and answer"
            )
        question_list = [questions] if isinstance(questions, str) else list(questions)
        codes = known_codes(field, [plain_question(question) for question in question_list], "question")
        tensor = self._encode_start(x, "x")
        answer = lambda i, part: self.family.answer(part, codes)
        tokens = torch.cat(list(self._in_blocks(answer, tensor)))[: len(tensor)]
        answers = {}
        for number, question in enumerate(question_list):
            texts = field.captions.decode(tokens[:, number].float())
            answers[question] = [_printable(text.partition("?")[2].rstrip(";").strip()) for text in texts]
        return pd.DataFrame(answers)

    @checked
    def expand(self, prompts: str | Sequence[str]) -> pd.DataFrame:
        """Long captions of short prompts, to sample from: a DataFrame with the columns prompt, caption and nats, -log
        p(caption).

        A caption holds the words of its prompt in their order. Among such captions it is the likeliest one that is as
        long as the longest quarter of what the model learned to write.

        Args:
            prompts: One prompt or several, such as "a star".

        Raises Unsupported for a family that learns no captions, for a model that was trained without them, and for a
        model of edits. Raises GivenError for a prompt that says nothing, is too long, or has a word that training never
        saw.
        """
        self._require("expand")
        if (field := self.domain.fields.get("caption")) is None:
            raise Unsupported(f"this {self._name} was trained without captions: train it with --given caption")
        self._refuse_edits("expands no prompts")
        prompt_list = [prompts] if isinstance(prompts, str) else list(prompts)
        texts = [plain(prompt, "prompt") for prompt in prompt_list]
        if None in texts:
            raise GivenError("a prompt says nothing: write a few words to expand")
        words = field.captions.words
        best = self.family.expand(known_codes(field, texts, "prompt"), words.spelling, self._draws("expand", 0))
        captions = [words.decode(tokens) for tokens, _ in best]
        return pd.DataFrame({"prompt": prompt_list, "caption": captions, "nats": [-nats for _, nats in best]})

    def _refuse_edits(self, subject: str) -> None:
        if image_before := getattr(self.family, "before", ""):
            raise Unsupported(
                f"this {self._name} {subject}, since it learned edits and its captions are instructions: train one "
                f"without {image_before!r}, on images with captions"
            )


def known_codes(field: "Text", texts: list[str], noun: str) -> list[list[int]]:
    """Returns codes of texts, which are called `noun`. Raises GivenError for a word that training never saw, and for a
    text that leaves no room.

    Args:
        texts: The texts.
    """
    words = field.captions.words
    if unknown := words.spelled(texts):
        known = ", ".join(word.strip() for word in words.words[:WORDS_SHOWN])
        raise GivenError(f"the {noun} has the unknown word {unknown[0]!r}: use words of training, such as {known}")
    codes = [words.encode(text) for text in texts]
    if long := [text for text, code in zip(texts, codes) if len(code) >= field.leaf.shape[0]]:
        raise GivenError(f"the {noun} {long[0][:40]!r} leaves no room for more: use fewer words")
    return codes


def _printable(text: str) -> str:
    """Without control characters and broken bytes, which a model that has hardly learned may write."""
    return "".join(filter(str.isprintable, text.replace("\N{REPLACEMENT CHARACTER}", "")))

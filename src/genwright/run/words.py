"""What a model writes about images: captions, and answers to questions."""

from collections.abc import Sequence

import pandas as pd
import torch

from ..core.arguments import check_arguments
from ..core.errors import GivenError, Unsupported
from ..core.type_names import UserItems
from ..kinds.images.answers import NAME, plain_question
from .sampling import Sampling

WORDS_SHOWN = 8  # words of training that an error names


class Writing(Sampling):
    """The verbs `caption` and `answer`."""

    def caption(self, x: UserItems, n: int = 1, seed: int = 0) -> pd.DataFrame:
        """Captions of images: a DataFrame with the columns image (its number), caption and nats, -log p(caption |
        image), best first for each image.

        Args:
            x: Images, of any size, brought to the model's with a warning.
            n: Captions of each image. One is written token by token, each the likeliest; several are drawn. Default: 1.
            seed: The same seed draws the same captions. Default: 0.

        Raises Unsupported for a family that writes none, and for a model of edits. Raises DataError for images that do
        not fit, GivenError for an n below 1.
        """
        check_arguments(Writing.caption, locals())
        self._require("caption")
        if self.family.before:
            raise Unsupported(
                f"this {self._name} learned edits, so its captions are instructions: train one without "
                f"{self.family.before!r}, on images with captions"
            )
        if n < 1:
            raise GivenError(f"n must be at least 1 to caption, not {n}: pass n=1")
        tensor = self._encode_start(x, "x")
        write = lambda i, part: self.family.caption(part, self._draws("caption", seed, i), n)
        tokens, nats = (torch.cat(parts)[: len(tensor)] for parts in zip(*self._in_blocks(write, tensor)))
        texts = map(_printable, self.domain.captions.decode(tokens.flatten(0, 1)))
        table = pd.DataFrame({"image": torch.arange(len(tensor)).repeat_interleave(n), "caption": list(texts)})
        table["nats"] = -nats.flatten().double().numpy()
        return table.sort_values(["image", "nats"], kind="stable").reset_index(drop=True)

    def answer(self, x: UserItems, questions: str | Sequence[str]) -> pd.DataFrame:
        """Answers to questions about images: a DataFrame with one row per image and one column per question.

        Each image is read once, however many questions there are.

        Args:
            x: Images, of any size, brought to the model's with a warning.
            questions: One question or several, such as "which colour?".

        Raises Unsupported for a family that answers none, and for a model that was trained without questions. Raises
        GivenError for a question with words that training never saw, DataError for images that do not fit.
        """
        check_arguments(Writing.answer, locals())
        self._require("answer")
        if (field := self.domain.fields.get(NAME)) is None:
            raise Unsupported(
                f"this {self._name} was trained without questions: train it with --given caption --given {NAME}, on "
                "images whose table has the columns question and answer"
            )
        words, asked = field.captions.words, [questions] if isinstance(questions, str) else list(questions)
        plain = [plain_question(question) for question in asked]
        if unknown := words.spelled(plain):
            known = ", ".join(word.strip() for word in words.words[:WORDS_SHOWN])
            raise GivenError(f"no question of training has the word {unknown[0]!r}: ask with words such as {known}")
        if long := [one for one in plain if len(words.encode(one)) >= field.leaf.shape[0]]:
            raise GivenError(f"the question {long[0][:40]!r} leaves no room for an answer: ask in fewer words")
        tensor = self._encode_start(x, "x")
        answer = lambda i, part: self.family.answer(part, list(map(words.encode, plain)))
        tokens = torch.cat(list(self._in_blocks(answer, tensor)))[: len(tensor)]
        said = {}
        for number, question in enumerate(asked):
            texts = field.captions.decode(tokens[:, number].float())
            said[question] = [_printable(text.partition("?")[2].rstrip(";").strip()) for text in texts]
        return pd.DataFrame(said)


def _printable(text: str) -> str:
    """Without control characters, which a model that has hardly learned may write."""
    return "".join(filter(str.isprintable, text))

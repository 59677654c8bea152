"""Images that a model changes: by two captions, or as an instruction asks."""

from collections.abc import Sequence
from math import isfinite

import torch
from torch import Tensor

from ..core.arguments import checked
from ..core.errors import DataError, GivenError, Unsupported
from ..core.seeds import fresh_seed
from ..core.type_names import UserItems
from ..kinds.fields.captions import plain
from .words import Writing, known_codes

FORMS = "pass an instruction, or source and target"


class Editing(Writing):
    """The verb `edit`."""

    @checked
    def edit(
        self,
        x: UserItems,
        instruction: str | Sequence[str] | None = None,
        *,
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        strength: float = 1.0,
        guidance: float = 2.0,
        image_guidance: float = 1.0,
        seed: int | None = None,
    ) -> UserItems:
        """Images, changed as an instruction asks, or as one caption differs from another.

        By instruction, edit(x, "make it blue"): a model that learned edits draws each image anew, in view of it.

        By captions, edit(x, source="a red star", target="a blue star"): the embedding of each image moves by `strength`
        times the difference of the embeddings of both captions. The layout, and all that both captions share, stays if
        it can.

        Args:
            x: (n, ...) images.
            instruction: What to change, or one text for each image.
            source: A caption of what the images show, or one for each image.
            target: A caption of what they should show, or one for each image.
            strength: Size of the step: 1 is the whole difference, below 0 goes the other way. Not of instructions.
            guidance: Weight of the instruction; 1 is none beyond what was learned.
            image_guidance: Weight of the image, in edits by an instruction: more keeps more of it.
            seed: Seed of edits by an instruction. Default: None, a new seed.

        Raises Unsupported for a family, or a model, without this form of edits. Raises DataError for images unlike the
        training data or a number that is not finite, GivenError for a text that says nothing, for an instruction with
        a word that training never saw, and for both forms at once.
        """
        self._require("edit")
        for name, value in (("strength", strength), ("guidance", guidance), ("image_guidance", image_guidance)):
            if not isfinite(value):
                raise DataError(f"{name} must be a finite number, not {value}: pass {name}=1")
        is_given = [text is not None for text in (instruction, source, target)]
        if is_given not in ([True, False, False], [False, True, True]):
            raise GivenError(f"an edit is by an instruction or by two captions, not by both or neither: {FORMS}")
        if instruction is None:
            return self._edit_by_captions(x, source, target, strength)
        weights = guidance, image_guidance
        return self._edit_by_instruction(x, instruction, weights, fresh_seed() if seed is None else seed)

    def _edit_by_captions(self, x: UserItems, source: object, target: object, strength: float) -> UserItems:
        if self.family.edits_by != "captions":
            raise Unsupported(f"this {self._name} edits by instructions, not by two captions: pass an instruction")
        tensor = self._encode_start(x, "x")
        texts = [self._encode_text(text, len(tensor)) for text in (source, target)]
        parts = self._in_blocks(lambda i, *part: self.family.edit(*part, strength), tensor, *texts, bf16=self._bf16)
        return self._decode_images(torch.cat(list(parts))[: len(tensor)])

    def _edit_by_instruction(
        self, x: UserItems, instruction: object, weights: tuple[float, float], seed: int
    ) -> UserItems:
        if self.family.edits_by != "instruction":
            raise Unsupported(f"this {self._name} edits by two captions, not by instructions: pass source and target")
        if not self.family.before:
            raise Unsupported(
                f"this {self._name} was trained without edits: train it with --given caption --given before, on images "
                "whose table has the column before"
            )
        tensor = self._encode_start(x, "x")
        text = self._encode_text(instruction, len(tensor))
        instructions = [instruction] if isinstance(instruction, str) else dict.fromkeys(instruction)
        known_codes(self.domain.fields.get("caption"), list(map(plain, instructions)), "instruction")
        edit = lambda i, *part: self.family.edit(*part, self._draws("edit", seed, i), *weights)
        return self._decode_images(torch.cat(list(self._in_blocks(edit, tensor, text)))[: len(tensor)])

    def _encode_text(self, text: object, n: int) -> Tensor:
        """Conditions (n, G) of a text alone."""
        row = self.domain.encode_given({"caption": text}, n)
        if row.isnan().all(1).any():
            raise GivenError("a text to edit by says nothing: write what to change, or what the images show")
        return row

    def _decode_images(self, x: Tensor) -> UserItems:
        nothing = torch.full((len(x), self.domain.given.width), torch.nan)
        return self._user_form(self.domain.decode(x, nothing, None))

"""DICOM images for Pillow, by pydicom: grey in the units that the file rescales to, such as Hounsfield units, or
colour. `pydicom` is imported here alone."""

import numpy as np
from PIL import Image, ImageFile
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array

from ....core.errors import DataError

COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
PALETTE, NEGATIVE = "PALETTE COLOR", "MONOCHROME1"
DEFER = 1024  # bytes of a value that is read only when it is asked for


class DicomImage(ImageFile.ImageFile):
    """An image of mode F, or RGB where it has colour. Its header is read at once, its pixels when they are asked for.
    `info` has the depth in words, and whether its largest value is black."""

    format = "DICOM"

    def _open(self) -> None:
        header = dcmread(self.fp, defer_size=DEFER, stop_before_pixels=True)
        if "Rows" not in header:
            raise DataError(
                f"{self.filename} is DICOM without an image ({header.get('Modality', 'no modality')}): remove it"
            )
        self._size = int(header.Columns), int(header.Rows)
        self.n_frames = int(header.get("NumberOfFrames") or 1)
        self.is_animated = self.n_frames > 1
        self.photometric = header.get("PhotometricInterpretation", "")
        self._mode = "RGB" if self.photometric in (*COLOUR, PALETTE) else "F"
        self.info |= {
            "depth": f"{header.get('BitsStored', 16)} bits", "negative": self.photometric == NEGATIVE,
        }  # fmt: skip
        self._frame, self.tile = 0, []

    def seek(self, frame: int) -> None:
        if not 0 <= frame < self.n_frames:
            raise EOFError("there is no such frame")
        self._frame, self._im = frame, None

    def tell(self) -> int:
        return self._frame

    def load(self) -> object:
        if self._im is None:
            self.fp.seek(0)
            dataset = dcmread(self.fp, defer_size=DEFER)
            self._im = Image.fromarray(self._pixels(dataset)).im
        return super().load()

    def _pixels(self, dataset: FileDataset) -> np.ndarray:
        """(H, W) float32, or (H, W, 3) uint8. Raises DataError for a compression that no installed package reads."""
        syntax = dataset.file_meta.TransferSyntaxUID
        try:
            values = pixel_array(dataset, index=self._frame if self.n_frames > 1 else 0)
        except (RuntimeError, NotImplementedError) as error:
            raise DataError(
                f"{self.filename} is compressed as {syntax.name}, which cannot be read here: pip install "
                "pylibjpeg-openjpeg pylibjpeg-libjpeg, or decompress it with gdcmconv --raw"
            ) from error
        if self.photometric == PALETTE:
            values = apply_color_lut(values, dataset)
        if self._mode == "F":
            return np.asarray(apply_modality_lut(values, dataset), np.float32)
        return values.astype(np.uint8) if values.dtype.itemsize == 1 else (values >> 8).astype(np.uint8)

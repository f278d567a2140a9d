"""What kind of file this is, told from its first bytes: so that a file that cannot be read is at least named."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_STARTS = (
    (LFS_POINTER, "a Git LFS pointer: the file itself is not here yet (git lfs pull fetches it)"),
    (b"GGUF", "a GGUF file"),
    (b"ggml", "a GGML file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes it"),
    (b"\x93NUMPY", "one array without a name (.npy)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)
_TFLITE = b"TFL3"


def printable(text: str) -> str:
    """A text from a file as a terminal may show it: what is no printed character becomes a question mark."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def known_format(start: bytes) -> str | None:
    """The kind of file that begins with these bytes, where it is one that is known by them and not read; else None."""
    if start[4:8] == _TFLITE:
        return "a TensorFlow Lite file"
    return next((words for first, words in _STARTS if start.startswith(first)), None)

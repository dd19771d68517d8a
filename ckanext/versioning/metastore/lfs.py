"""Data files as Git LFS has them: a small pointer in the repository, the bytes elsewhere.

https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from __future__ import annotations

from collections.abc import Sequence

from .datafiles import FOLDER, DataFile

ATTRIBUTES = ".gitattributes"
CONFIG = ".lfsconfig"

_ATTRIBUTES = f"/{FOLDER}/** filter=lfs diff=lfs merge=lfs -text\n".encode()
# Without the second, one file that can't be fetched keeps all others from being checked out.
_CONFIG = "[lfs]\n\tlocksverify = false\n\tskipdownloaderrors = true\n"


def lfs_files(files: Sequence[DataFile], server_url: str) -> dict[str, bytes]:
    """Return what a repository holds of data files, path to content; nothing if there are none.

    :param files: the files, all of them kept.
    :param server_url: where git-lfs gets the bytes; empty leaves it to git-lfs, which then asks
        at the address of the repository.
    """
    if not files:
        return {}
    written = {file.path: _pointer(file) for file in files}
    written[ATTRIBUTES] = _ATTRIBUTES
    written[CONFIG] = (_CONFIG + _url(server_url)).encode()
    return written


def _pointer(file: DataFile) -> bytes:
    if not file.size:
        return b""  # an empty file is its own pointer
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
        file.sha256.encode(),
        file.size,
    )


def _url(server_url: str) -> str:
    if not server_url:
        return ""
    quoted = server_url.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'\turl = "{quoted}"\n'

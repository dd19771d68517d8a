"""How a repository comes into being: whole, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from ...errors import DatasetExists
from ...model import CommitInfo
from .commits import encode_commit
from .layout import BRANCH, Layout, fsync_skeleton, make_skeleton, write_file
from .objects import COMMIT, Objects, open_repository


def create(
    layout: Layout, dataset_id: str, files: Mapping[str, bytes], info: CommitInfo, fsync: bool
) -> str:
    """Store the first revision in a new repository and return its id.

    It is made aside and moved into place when it is complete; the move fails if another one is
    there.

    :raises DatasetExists: if the dataset is there.
    """
    if os.path.lexists(layout.repository(dataset_id)):
        raise DatasetExists(dataset_id)
    with layout.temporary() as path:
        make_skeleton(path, fsync)
        objects = Objects(open_repository(path), path)
        tree = objects.write_files(files)
        revision_id = objects.write(COMMIT, encode_commit(tree, None, info))
        write_file(os.path.join(path, BRANCH), f"{revision_id}\n", fsync)
        if fsync:
            fsync_skeleton(path)
        try:
            layout.publish(path, dataset_id, fsync)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise DatasetExists(dataset_id) from None
            raise
    return revision_id

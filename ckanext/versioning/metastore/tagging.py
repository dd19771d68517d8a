"""The tag operations of the MetaStore."""

from __future__ import annotations

from datetime import datetime

from . import refs
from .backend import Backend
from .encoding import clean
from .model import Author, Tag
from .names import check_dataset_id, check_tag, check_tag_lookup
from .writing import cleaned, utc

NOBODY = Author()


class Tagging:
    """Names for revisions. Part of ``MetaStore``, see there for the errors that all raise."""

    backend: Backend

    def tag_create(
        self,
        dataset_id: str,
        name: str,
        ref: str = "head",
        *,
        description: str = "",
        author: Author = NOBODY,
        time: datetime | None = None,
    ) -> Tag:
        """Name a revision.

        :param dataset_id: the dataset's id.
        :param name: the tag's name, unique within the dataset.
        :param ref: the revision.
        :param description: free text.
        :param author: who names it.
        :param time: when (aware); None means now.
        :raises InvalidName: if the name is not allowed.
        :raises TagExists: if it is taken.
        """
        history = refs.BackendHistory(self.backend, check_dataset_id(dataset_id))
        check_tag(name)
        revision = refs.resolve(ref, history)
        return self.backend.tag_create(
            dataset_id,
            name,
            revision.id,
            description=clean(description),
            author=cleaned(author),
            time=utc(time),
        )

    def tag_list(self, dataset_id: str) -> list[Tag]:
        """Return all tags of a dataset, newest first."""
        return self.backend.tag_list(check_dataset_id(dataset_id))

    def tag_read(self, dataset_id: str, name: str) -> Tag:
        """Return a tag. :raises TagNotFound: if there is none of this name."""
        return self.backend.tag_read(check_dataset_id(dataset_id), check_tag_lookup(name))

    def tag_update(
        self,
        dataset_id: str,
        name: str,
        *,
        new_name: str | None = None,
        description: str | None = None,
        author: Author = NOBODY,
        time: datetime | None = None,
    ) -> Tag:
        """Give a tag another name, description or both; the revision that it names stays.

        :param dataset_id: the dataset's id.
        :param name: the tag's present name.
        :param new_name: its new name; None keeps the present one.
        :param description: its new description; None keeps the present one.
        :param author: who changes it.
        :param time: when (aware); None means now.
        :raises InvalidName: if the new name is not allowed.
        :raises TagExists: if it is another tag's.
        :raises TagNotFound: if there is no tag of this name.
        """
        check_dataset_id(dataset_id)
        check_tag_lookup(name)
        if new_name is not None and new_name != name:
            check_tag(new_name)
        with self.backend.exclusive(dataset_id):
            if description is None:
                description = self.backend.tag_read(dataset_id, name).description
            return self.backend.tag_update(
                dataset_id,
                name,
                new_name=name if new_name is None else new_name,
                description=clean(description),
                author=cleaned(author),
                time=utc(time),
            )

    def tag_delete(self, dataset_id: str, name: str) -> None:
        """Remove a tag; its revision stays. :raises TagNotFound: if there is none."""
        self.backend.tag_delete(check_dataset_id(dataset_id), check_tag_lookup(name))

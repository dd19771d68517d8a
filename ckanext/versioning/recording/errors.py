"""What can go wrong between an accepted change and its revision."""

from __future__ import annotations


class RecordingError(Exception):
    """Base of the errors of recording."""


class CaptureFailed(RecordingError):
    """A change could not be noted in the outbox, and the portal is strict.

    ``dataset_id`` is the dataset's; ``reason`` says why in words; ``touched`` are the ids of all
    datasets of the transaction, which is lost with it.
    """

    def __init__(self, dataset_id: str, reason: str) -> None:
        super().__init__(f"Dataset {dataset_id} can't be recorded: {reason}")
        self.dataset_id = dataset_id
        self.reason = reason
        self.touched: tuple[str, ...] = (dataset_id,)


class SnapshotTooLarge(RecordingError):
    """The dataset is larger than ``ckanext.versioning.max_snapshot_size``."""

    def __init__(self, dataset_id: str, size: int, limit: int) -> None:
        super().__init__(
            f"Dataset {dataset_id} takes {size} bytes of JSON, more than the "
            f"{limit} of ckanext.versioning.max_snapshot_size; make it smaller or raise the limit"
        )
        self.dataset_id = dataset_id
        self.size = size
        self.limit = limit


class CommitWhileShown(RecordingError):
    """Another plugin commits while it shows a dataset that is about to be committed."""

    def __init__(self) -> None:
        super().__init__(
            "a plugin's package_show hook calls Session.commit(); a hook that shows must not write"
        )


class TransactionLost(RecordingError):
    """Another plugin has rolled the transaction back while it showed ``dataset_id``."""

    def __init__(self, dataset_id: str) -> None:
        super().__init__(
            f"The change to dataset {dataset_id} is lost: a plugin's package_show hook has ended "
            "the transaction; a hook that shows must not write"
        )
        self.dataset_id = dataset_id

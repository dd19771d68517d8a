"""The list of a dataset's revisions."""

from __future__ import annotations


def test_the_dataset_page_links_to_the_history(app, history):
    page = app.get(f"/dataset/{history.name}")
    assert f"/dataset/{history.name}/history" in page.body


def test_the_history_lists_messages(app, history):
    page = app.get(f"/dataset/{history.name}/history")
    assert page.status_code == 200

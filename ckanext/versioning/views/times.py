"""Times of the action API as the portal tells them."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk


def local_time(time: str) -> datetime:
    """Return a time of the action API in the time zone that the portal shows.

    :param time: in ISO 8601.
    """
    moment = datetime.fromisoformat(time.replace("Z", "+00:00"))
    return moment.astimezone(tk.h.get_display_timezone())

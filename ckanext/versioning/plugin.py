"""The plugin: which of CKAN's interfaces the extension uses, and nothing else."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig

from .cli import get_commands
from .logic.action import get_actions
from .recording import listeners, startup


@tk.blanket.actions(get_actions)
@tk.blanket.cli(get_commands)
@tk.blanket.config_declarations
class VersioningPlugin(p.SingletonPlugin):
    """Every accepted change of a dataset becomes a revision."""

    p.implements(p.IConfigurable)

    def configure(self, config: CKANConfig) -> None:
        startup.check()
        listeners.listen()

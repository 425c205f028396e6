"""Targets that write to a service over HTTP. What they send is what is looked at."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from typing_extensions import override

from tests.more_targets.environments import Environments
from tests.more_targets.piped import Piped
from tests.more_targets.recorders import Elasticsearch, Stitch
from tests.targets.project import Workplace


class ToStitch(Piped):
    """Hands rows on with their key and version, and ACTIVATE_VERSION behind them."""

    lock = "target-stitch"
    command = "target-stitch"
    marks = True

    def __init__(self, workplace: Workplace, environments: Environments, stitch: Stitch, url: str) -> None:
        super().__init__(workplace, environments)
        self.stitch: Final = stitch
        self._url: Final = f"{url}/v2/import/batch"

    @override
    def config(self) -> dict[str, Any]:
        return {**self.documented(), "small_batch_url": self._url, "big_batch_url": self._url}

    @override
    def records(self, stream: str) -> list[dict[str, Any]]:
        return self.stitch.table(stream)


class ToElasticsearch(Piped):
    """Documents whose ids are made of the whole key."""

    lock = "target-elasticsearch"
    command = "target-elasticsearch"

    def __init__(
        self, workplace: Workplace, environments: Environments, elasticsearch: Elasticsearch, url: str
    ) -> None:
        super().__init__(workplace, environments)
        self.elasticsearch: Final = elasticsearch
        self._address: Final = urlsplit(url)

    @override
    def config(self) -> dict[str, Any]:
        own = {"scheme": "http", "host": self._address.hostname, "port": self._address.port}
        return {**self.documented(), **own}

    @override
    def records(self, stream: str) -> list[dict[str, Any]]:
        return [*self.elasticsearch.documents[stream.replace("_", "-")].values()]

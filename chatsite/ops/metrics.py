"""`/metrics`: metrics of this process and of the site for Prometheus."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

import presence
from chat.live.hub import running_hub
from chatsite.ops.client_address import parse_address
from tasks.stats.metrics import metrics as task_metrics

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_", "HTTP_VIA", "HTTP_X_REAL_IP")


def metrics(request: HttpRequest) -> HttpResponse:
    if not is_allowed(request):
        return HttpResponseForbidden()
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def is_allowed(request: HttpRequest) -> bool:
    """Allows METRICS_ALLOWED_IPS. A proxy on this machine also connects from loopback, so forwarded
    requests are refused. So is a peer without an address, as on a Unix socket."""
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    if address is None or (address.is_loopback and is_forwarded(request)):
        return False
    return any(address in ip_network(network) for network in settings.METRICS_ALLOWED_IPS)


def is_forwarded(request: HttpRequest) -> bool:
    return any(name.startswith(FORWARDED) for name in request.META)


class SiteCollector(Collector):
    def describe(self) -> list[Metric]:
        return []  # otherwise they would be collected at the start, to read their names

    def collect(self) -> Iterator[Metric]:
        hub = running_hub()
        yield GaugeMetricFamily(
            "chatsite_people_online",
            "Users who were active in the last ONLINE_LAST_MINUTES.",
            presence.online_count(),
        )
        yield GaugeMetricFamily(
            "chatsite_sockets",
            "WebSockets that are open in this process.",
            len(hub.registry.sockets) if hub else 0,
        )
        yield GaugeMetricFamily(
            "chatsite_loop_held_seconds",
            "The longest time that the event loop was blocked since the last read.",
            hub.loop_lag.reset() if hub else 0,
        )
        yield from queues()


def queues() -> Iterable[Metric]:
    families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for metric in task_metrics():
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = families.setdefault(
            metric.name, kind(metric.name, metric.help, labels=list(metric.labels))
        )
        family.add_metric(list(metric.labels.values()), metric.value)
    return families.values()


REGISTRY.register(SiteCollector())

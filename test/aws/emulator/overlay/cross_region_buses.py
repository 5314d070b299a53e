"""EventBridge: a rule may send events to a bus of another Region.

AWS: the event keeps its id, time, account and source, and the Region it came from; an event that came from another Region is not sent on a second time.
Delivery is at least once, in no order.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
MiniStack drops it, with a line in its log.

To see what lost, late and doubled events do: GROUNDSWELL_FORWARD_DELAY="0.1,1.5" (seconds, drawn evenly), GROUNDSWELL_FORWARD_TWICE=0.5 and
GROUNDSWELL_FORWARD_LOST=0.1 (probabilities).
"""
import os
import random
import threading
import time

import ministack.services.eventbridge as eventbridge
from ministack.core.responses import request_scope

from .seams import need, patch

DELAY = tuple(float(part) for part in os.environ.get("GROUNDSWELL_FORWARD_DELAY", "0,0").split(","))
TWICE = float(os.environ.get("GROUNDSWELL_FORWARD_TWICE", "0"))
LOST = float(os.environ.get("GROUNDSWELL_FORWARD_LOST", "0"))


def _deliver(account, region, event):
    time.sleep(random.uniform(*DELAY))
    with request_scope(account, region):
        bus = event["EventBusName"]
        if bus != "default" and bus not in eventbridge._event_buses:
            return
        eventbridge._dispatch_event(event)
        eventbridge._archive_event({key: value for key, value in event.items() if not key.startswith("_")})


def apply():
    for helper in ("_dispatch_event", "_archive_event"):
        need(callable(getattr(eventbridge, helper, None)), f"eventbridge.{helper}")

    @patch(eventbridge, "_dispatch_to_event_bus")
    def dispatch_to_event_bus(original, spec, event, rule, event_path, payload=None):
        if (spec.account_id, spec.region) == (eventbridge.get_account_id(), eventbridge.get_region()):
            return original(spec, event, rule, event_path, payload)
        if event.get("_Crossed"):
            return None
        forwarded = {**event, "EventBusName": spec.resource.split("/", 1)[1], "_Crossed": True, "_DispatchPath": []}
        times = 0 if random.random() < LOST else 2 if random.random() < TWICE else 1
        for _ in range(times):
            threading.Thread(target=_deliver, args=(spec.account_id, spec.region, forwarded), daemon=True).start()
        return None

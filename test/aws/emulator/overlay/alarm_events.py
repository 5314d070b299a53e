"""CloudWatch: every change of an alarm's state is an event on the Region's default bus, for metric alarms and composite ones.

AWS: source aws.cloudwatch, detail-type "CloudWatch Alarm State Change", the alarm's ARN in resources; in the detail the state and the one before, each with
value, reason, reasonData and timestamp, and the configuration: the metric with its dimensions, or the rule of a composite. Setting the state that it has is no change.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
Events of suppressed actions, and those of a changed configuration, are not sent.

MiniStack sends none.
"""
import json
from datetime import datetime, timezone

import ministack.services.cloudwatch as cloudwatch
import ministack.services.eventbridge as eventbridge

from .seams import need, patch

#: The state last told, by the alarm's ARN.
_told = {}


def _at(seconds):
    at = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _state(alarm):
    state = {"value": alarm["StateValue"], "reason": alarm["StateReason"], "timestamp": _at(alarm["StateUpdatedTimestamp"])}
    if alarm.get("StateReasonData"):
        state["reasonData"] = alarm["StateReasonData"]
    return state


def _configuration(alarm):
    described = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    if "AlarmRule" in alarm:
        return {"alarmRule": alarm["AlarmRule"], **described}
    metric = {
        "namespace": alarm.get("Namespace"),
        "name": alarm.get("MetricName"),
        "dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []},
    }
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    stat = {"metric": metric, "period": int(alarm.get("Period") or 60), "stat": statistic}
    return {"metrics": [{"id": "m1", "metricStat": stat, "returnData": True}], **described}


def apply():
    need(callable(getattr(eventbridge, "_put_events", None)), "eventbridge._put_events")

    @patch(cloudwatch, "_dispatch_alarm_actions")
    def dispatch(original, alarm, old_state, new_state, reason):
        original(alarm, old_state, new_state, reason)  # alarm_timestamps dates the change
        state = _state(alarm)
        before = _told.get(alarm["AlarmArn"])
        if not before or before["value"] != old_state:
            before = {"value": old_state, "reason": "Unchecked: Initial alarm creation", "timestamp": _at(alarm["AlarmConfigurationUpdatedTimestamp"])}
        _told[alarm["AlarmArn"]] = state
        detail = {"alarmName": alarm["AlarmName"], "state": state, "previousState": before, "configuration": _configuration(alarm)}
        entry = {"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change", "Resources": [alarm["AlarmArn"]], "Detail": json.dumps(detail)}
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

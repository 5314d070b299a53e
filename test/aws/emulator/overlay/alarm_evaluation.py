"""CloudWatch: when a metric alarm changes its state.

AWS: an alarm looks at the one metric that has exactly its dimensions; M of the last N data points make it ALARM; missing ones are treated as
TreatMissingData says, and the look goes back further than N periods when some are missing; it looks again as time goes by, so that an alarm ends
when its data do, and SetAlarmState lasts until the next look only.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
How far back the look goes is not documented; in the documents' example it is two periods more than N, and so it is here. Periods slide, where those of AWS
begin at whole minutes.

MiniStack ignores dimensions, DatapointsToAlarm and TreatMissingData, and looks only when a metric or an alarm is put.
"""
import json
import logging
import os
import threading
import time

import ministack.services.cloudwatch as cloudwatch
from ministack.core.responses import request_scope

from .seams import need, patch

#: Seconds between two looks at all alarms. (AWS: a minute, or ten seconds for periods below one.)
EVERY_SECONDS = float(os.environ.get("GROUNDSWELL_ALARM_SECONDS", "1"))
EXTRA_PERIODS = 2
#: A metric that is put looks at all alarms, too; a change is told once.
_one_at_a_time = threading.RLock()
BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def _values(alarm, now, periods):
    """The alarm's statistic in each of the last periods, newest first; None where there is no data."""
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    points = list(cloudwatch._metrics.get(key) or [])
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    length = int(alarm.get("Period") or 60)
    for index in range(periods):
        within = [point for point in points if now - length * (index + 1) < point["Timestamp"] <= now - length * index]
        yield cloudwatch._stat_value(cloudwatch._calc_stats(within), statistic, within) if within else None


def state_of(breaching, count, needed, missing, current):
    """The state by what was seen, newest first: True, False, or None for a missing data point."""
    there = [seen for seen in breaching if seen is not None]
    if not there:
        return {"breaching": "ALARM", "notBreaching": "OK", "ignore": current}.get(missing, "INSUFFICIENT_DATA")
    looked_at = there[:count]
    alarming = looked_at.count(True)
    lacking = count - len(looked_at)
    if alarming >= needed:
        return "ALARM"
    if lacking and missing == "breaching":
        return "ALARM" if alarming + lacking >= needed else "OK"
    if lacking and missing == "missing" and False not in looked_at:
        # "the oldest available breaching data point ... is at least as old as the value of Datapoints to Alarm, and all other more recent data points are breaching or missing"
        oldest = max(index for index, seen in enumerate(breaching) if seen)
        return "ALARM" if oldest + 1 >= needed else current
    if lacking and missing == "ignore" and False not in looked_at:
        return current
    return "OK"


def evaluate(alarm):
    with _one_at_a_time:
        _evaluate(alarm)


def _evaluate(alarm):
    breaches = BREACHES.get(alarm.get("ComparisonOperator"))
    if not alarm.get("Namespace") or not alarm.get("MetricName") or not breaches:
        return
    count = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or count)
    values = list(_values(alarm, time.time(), count + EXTRA_PERIODS))
    breaching = [None if value is None else breaches(value, alarm["Threshold"]) for value in values]
    old = alarm["StateValue"]
    new = state_of(breaching, count, needed, alarm.get("TreatMissingData") or "missing", old)
    if new == old:
        return
    recent = [value for value in values if value is not None][:count]
    reason = f"Threshold Crossed: {breaching.count(True)} of the last {count} datapoints {recent} {alarm['ComparisonOperator']} {alarm['Threshold']}"
    alarm["StateValue"] = new
    alarm["StateReason"] = reason if recent else "Insufficient Data: no datapoints were received"
    alarm["StateReasonData"] = json.dumps({"version": "1.0", "recentDatapoints": recent, "threshold": alarm["Threshold"]})
    cloudwatch._record_history(alarm["AlarmName"], old, new, alarm["StateReason"])
    cloudwatch._dispatch_alarm_actions(alarm, old, new, alarm["StateReason"])
    cloudwatch._evaluate_parent_alarms(alarm)


def _evaluate_everywhere():
    for (account, region, _name), alarm in cloudwatch._alarms.all_items():
        with request_scope(account, region):
            try:
                evaluate(alarm)
            except Exception:
                logging.getLogger("overlay").exception("alarm %s could not be evaluated", alarm.get("AlarmName"))


def _look_for_ever():
    while True:
        time.sleep(EVERY_SECONDS)
        _evaluate_everywhere()


def apply():
    for helper in ("_dims_key", "_stat_value", "_calc_stats", "_record_history", "_evaluate_parent_alarms"):
        need(callable(getattr(cloudwatch, helper, None)), f"cloudwatch.{helper}")

    @patch(cloudwatch, "_evaluate_alarm")
    def evaluate_alarm(_original, alarm):
        evaluate(alarm)

    threading.Thread(target=_look_for_ever, daemon=True, name="alarms").start()

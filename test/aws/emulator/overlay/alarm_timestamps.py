"""CloudWatch: when an alarm's state was last set, and when it last changed, to the millisecond.

AWS: StateUpdatedTimestamp moves with each update of the state, StateTransitionedTimestamp only when its value changes, for metric alarms and composite ones alike.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
MiniStack has whole seconds, and no StateTransitionedTimestamp for metric alarms. The history stays in whole seconds: AppConfig's monitor in MiniStack reads it so.
"""
import time

import ministack.services.cloudwatch as cloudwatch

from .seams import patch


def now():
    return round(time.time(), 3)


def _keep(name, before):
    alarm = cloudwatch._alarms.get(name)
    if alarm:
        alarm.setdefault("StateTransitionedTimestamp", (before or alarm).get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"])


def apply():
    @patch(cloudwatch, "_dispatch_alarm_actions")
    def changed(original, alarm, old_state, new_state, reason):
        alarm["StateUpdatedTimestamp"] = alarm["StateTransitionedTimestamp"] = now()
        original(alarm, old_state, new_state, reason)

    @patch(cloudwatch, "_set_alarm_state")
    def set_alarm_state(original, params, data, *args):
        answer = original(params, data, *args)
        name = data.get("AlarmName") or cloudwatch._p(params, "AlarmName")
        alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
        if alarm and answer[0] < 400:
            alarm["StateUpdatedTimestamp"] = now()
        return answer

    @patch(cloudwatch, "_put_metric_alarm")
    def put_metric_alarm(original, params, data, *args):
        name = data.get("AlarmName") or cloudwatch._p(params, "AlarmName")
        before = cloudwatch._alarms.get(name)
        answer = original(params, data, *args)
        _keep(name, before)
        return answer

    @patch(cloudwatch, "cloudformation_put_metric_alarm")
    def put_by_cloudformation(original, alarm):
        before = cloudwatch._alarms.get(alarm["AlarmName"])
        original(alarm)
        _keep(alarm["AlarmName"], before)

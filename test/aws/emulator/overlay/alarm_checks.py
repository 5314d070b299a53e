"""CloudWatch: what SetAlarmState, DescribeAlarms and PutMetricAlarm refuse.

AWS: a state is OK, ALARM or INSUFFICIENT_DATA; DescribeAlarms takes 100 names at most.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
MiniStack takes any text for a state and any number of names, and drops the expressions of an alarm on metric math without a word. They are refused here, so that no test
waits for such an alarm; AWS has them.
"""
import ministack.services.cloudwatch as cloudwatch

from .seams import patch

MAX_NAMES = 100
STATES = ("INSUFFICIENT_DATA", "ALARM", "OK")


def _refused(message, is_cbor, is_json):
    return cloudwatch._error("ValidationError", message, 400, use_json=is_json, use_cbor=is_cbor)


def apply():
    @patch(cloudwatch, "_set_alarm_state")
    def set_alarm_state(original, params, data, is_cbor, is_json=False):
        state = data.get("StateValue") or cloudwatch._p(params, "StateValue")
        if state not in STATES:
            message = (f"1 validation error detected: Value '{state}' at 'stateValue' failed to satisfy constraint: "
                       f"Member must satisfy enum value set: [{', '.join(STATES)}]")
            return _refused(message, is_cbor, is_json)
        return original(params, data, is_cbor, is_json)

    @patch(cloudwatch, "_describe_alarms")
    def describe_alarms(original, params, data, is_cbor, is_json=False):
        if len(data.get("AlarmNames") or []) > MAX_NAMES:
            message = (f"1 validation error detected: Value at 'alarmNames' failed to satisfy constraint: "
                       f"Member must have length less than or equal to {MAX_NAMES}")
            return _refused(message, is_cbor, is_json)
        return original(params, data, is_cbor, is_json)

    @patch(cloudwatch, "_put_metric_alarm")
    def put_metric_alarm(original, params, data, is_cbor, is_json=False):
        if data.get("Metrics"):
            return _refused("The emulator knows no alarms on metric math (Metrics)", is_cbor, is_json)
        return original(params, data, is_cbor, is_json)

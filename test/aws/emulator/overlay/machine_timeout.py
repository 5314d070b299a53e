"""Step Functions: TimeoutSeconds of a machine ends the execution as TIMED_OUT, and no Catch sees it.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html ("fails with a States.Timeout error name")
MiniStack ignores it.
"""
import contextvars
import json
import threading

import ministack.services.stepfunctions as sfn

from .branches import root_of
from .seams import need, patch
from .task_timeouts import SCALE


def _seconds(execution):
    machine = execution and sfn._state_machines.get(execution["stateMachineArn"])
    try:
        return json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    except ValueError:
        return None


def _time_out(execution):
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=sfn.now_iso(), error="States.Timeout")
    root = root_of(execution["executionArn"])
    if root:
        root.end()
    sfn._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
    sfn._emit_execution_status_event(execution)


def apply():
    need(callable(getattr(sfn, "_emit_execution_status_event", None)), "stepfunctions._emit_execution_status_event")

    @patch(sfn, "_run_execution")
    def run_execution(original, execution_arn):
        execution = sfn._executions.get(execution_arn)
        seconds = _seconds(execution)
        if not seconds:
            return original(execution_arn)
        timer = threading.Timer(seconds * SCALE, contextvars.copy_context().run, (_time_out, execution))
        timer.daemon = True
        timer.start()
        try:
            return original(execution_arn)
        finally:
            timer.cancel()

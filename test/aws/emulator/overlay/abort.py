"""Step Functions: StopExecution, and whatever else ends a branch, does not wait for a task that is under way; what is closed stays as it is.

AWS: after StopExecution no further task is started, in no branch and in no child that runs under .sync; a Lambda function that runs goes on to its end and its answer is dropped.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync ("a best-effort attempt to cancel")
That a task's own time-out cancels its .sync child is an assumption: the documents name the stop and the failed branch only.

RUNNING is left once: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html

MiniStack's tasks inside Map and Parallel run on after the abort, a time-out lets the child go on, a WaitStateExited may follow ExecutionAborted, and
a branch that fails late turns an aborted execution into a failed one.
"""
import ministack.services.stepfunctions as sfn

from .branches import Work, root_of, wait_until, within
from .seams import patch


def apply():
    @patch(sfn, "_stop_execution")
    def stop_execution(original, data):
        answer = original(data)
        root = root_of(data.get("executionArn"))
        if answer[0] < 400 and root:
            root.end()
        return answer

    @patch(sfn, "_invoke_resource")
    def invoke_resource(original, resource, data):
        call = Work(original, resource, data)
        wait_until(lambda: call.done)
        return call.value()

    @patch(sfn, "_invoke_resource_with_timeout")
    def invoke_resource_with_timeout(_original, resource, data, seconds):
        with within() as task:
            call = Work(sfn._invoke_resource, resource, data)
        if not wait_until(lambda: call.done, seconds):
            task.end()
            raise sfn._ExecutionError("States.Timeout", "")
        return call.value()

    @patch(sfn, "_fail_execution")
    def fail_execution(original, execution, error, cause):
        if execution["status"] == "RUNNING":
            original(execution, error, cause)

    @patch(sfn, "_add_event")
    def add_event(original, execution, event_type, details=None):
        if execution["status"] != "RUNNING" and not event_type.startswith("Execution"):
            return {}
        return original(execution, event_type, details)

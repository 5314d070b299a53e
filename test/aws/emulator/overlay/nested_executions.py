"""Step Functions: startExecution.sync and .sync:2 run a child that is an execution like any other.

AWS: the child sends status events, its name counts as for StartExecution, and its failure is States.TaskFailed with what DescribeExecution
says of it as the cause; a parent that is stopped, or whose branch fails, stops it.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync

MiniStack runs it as an express execution, without events, and gives the child's own error. Its error names lack the service: `startExecution` of any
kind fails with StepFunctions.ExecutionAlreadyExistsException and the like on AWS.
"""
import json

import ministack.services.stepfunctions as sfn

from .branches import Ended, wait_until
from .seams import need, patch


def _error(body):
    name = body.get("__type", "").split("#")[-1]
    name = name if name.endswith("Exception") else f"{name}Exception"
    return sfn._ExecutionError(f"StepFunctions.{name}", body.get("message", ""))


def _described(execution, parsed):
    def document(text):
        return json.loads(text) if parsed and isinstance(text, str) else text

    described = {
        "ExecutionArn": execution["executionArn"],
        "Input": document(execution["input"]),
        "InputDetails": {"Included": True},
        "Name": execution["name"],
        "StartDate": execution["startDate"],
        "StateMachineArn": execution["stateMachineArn"],
        "Status": execution["status"],
        "StopDate": execution["stopDate"],
    }
    if execution["status"] == "SUCCEEDED":
        return described | {"Output": document(execution["output"]), "OutputDetails": {"Included": True}}
    return described | {key: execution[key.lower()] for key in ("Error", "Cause") if execution.get(key.lower())}


def apply():
    need(callable(getattr(sfn, "_nested_start_execution_request", None)), "stepfunctions._nested_start_execution_request")

    def start(data):
        status, _headers, body = sfn._start_execution(sfn._nested_start_execution_request(data))
        answer = json.loads(body)
        if status >= 400:
            raise _error(answer)
        return answer

    @patch(sfn, "_invoke_nested_start_execution")
    def start_nested(_original, _resource, data):
        answer = start(data)
        return {"ExecutionArn": answer["executionArn"], "StartDate": answer["startDate"]}

    @patch(sfn, "_invoke_nested_start_execution_sync")
    def run_nested(_original, resource, data):
        execution = sfn._executions[start(data)["executionArn"]]
        try:
            wait_until(lambda: execution["status"] != "RUNNING")
        except Ended:
            sfn._stop_execution({"executionArn": execution["executionArn"], "error": "States.TaskAborted", "cause": "The parent was stopped"})
            raise
        described = _described(execution, parsed=resource.endswith(".sync:2"))
        if execution["status"] != "SUCCEEDED":
            raise sfn._ExecutionError("States.TaskFailed", json.dumps(described))
        return described

"""Step Functions: StartExecution under a name that runs, with the same input, answers as the first call did.

AWS: "StartExecution is idempotent for STANDARD workflows ... if you call StartExecution with the same name and input as a running execution,
the call succeeds and returns the same response as the original request"; with another input, or once it is closed, it is ExecutionAlreadyExists. The input must be JSON.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

MiniStack answers ExecutionAlreadyExists to each, and takes any text for an input.
"""
import json

import ministack.services.stepfunctions as sfn

from .seams import need, patch


def apply():
    need(callable(getattr(sfn, "_resolve_state_machine_arn", None)), "stepfunctions._resolve_state_machine_arn")

    @patch(sfn, "_start_execution")
    def start_execution(original, data):
        try:
            json.loads(data.get("input", "{}"))
        except ValueError:
            return sfn.error_response_json("InvalidExecutionInput", "Invalid State Machine Execution Input: 'The input is not valid JSON'", 400)
        machine = sfn._resolve_state_machine_arn(data.get("stateMachineArn", "").split("#")[0])
        if machine and data.get("name"):
            arn = f"arn:aws:states:{sfn.get_region()}:{sfn.get_account_id()}:execution:{sfn._state_machines[machine]['name']}:{data['name']}"
            execution = sfn._executions.get(arn)
            if execution and execution["status"] == "RUNNING" and execution["input"] == data.get("input", "{}"):
                return sfn.json_response({"executionArn": arn, "startDate": execution["startDate"]})
        return original(data)

"""Step Functions: a token counts once.

AWS: SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat answer TaskTimedOut when the token "has either expired or the task associated
with the token has already been closed", InvalidToken for one that Step Functions never gave, InvalidOutput for an output that is no JSON.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
The exact text is from practice, not from the reference.

MiniStack answers TaskDoesNotExist, and a second SendTaskSuccess that is quick replaces the first one's result.
"""
import json

import ministack.services.stepfunctions as sfn

from .seams import need, patch

#: Tokens of tasks that ended, however they did. An emulator lives for minutes.
spent = set()


def _error(name, message):
    return sfn.error_response_json(name, message, 400)


def apply():
    need(hasattr(sfn, "_task_tokens"), "stepfunctions._task_tokens")

    for operation in ("_send_task_success", "_send_task_failure", "_send_task_heartbeat"):

        @patch(sfn, operation)
        def send(original, data):
            token = data.get("taskToken")
            info = sfn._task_tokens.get(token)
            if token in spent or (info and info["event"].is_set()):
                return _error("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
            if not info:
                return _error("InvalidToken", "Invalid Token: 'Invalid token'")
            if "output" in data:
                try:
                    json.loads(data["output"])
                except ValueError:
                    return _error("InvalidOutput", "Invalid Output: 'The provided JSON output is not valid'")
            return original(data)

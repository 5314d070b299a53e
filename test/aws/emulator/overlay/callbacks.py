"""Step Functions: a task that waits for its token.

AWS: the time-out runs from when the task is scheduled, so the time of the called function counts; a call that fails fails the task at once,
under the function's own error; the token may come back before the call has; a missed heartbeat is States.HeartbeatTimeout, which
States.Timeout matches; and each attempt has a token of its own.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

MiniStack waits for the function before the clock starts, swallows its failure until the time-out, ignores heartbeats, and gives every attempt the same token.
The new token is for JSONata only: in JSONPath, Parameters are evaluated before a patch could change it.
"""
import json
import threading
import time

import ministack.services.stepfunctions as sfn

from .branches import Work, wait_until
from .late_callbacks import spent
from .seams import need, need_text, patch


def apply():
    need(hasattr(sfn, "_task_tokens"), "stepfunctions._task_tokens")
    need_text(sfn._execute_task, 'resource, effective, ctx["Task"]["Token"], state_def)')
    need_text(sfn._execute_task, "effective = _apply_jsonata_arguments(state_def, raw_input, ctx)")

    @patch(sfn, "_invoke_with_callback")
    def invoke_with_callback(_original, resource, data, token, state):
        info = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None, "beat": time.monotonic()}
        sfn._task_tokens[token] = info
        heartbeat = state.get("HeartbeatSeconds")
        call = Work(sfn._invoke_resource, resource.replace(".waitForTaskToken", ""), data)

        def look():
            if info["event"].is_set():
                return
            if call.error:
                raise call.error
            if heartbeat and time.monotonic() - info["beat"] > heartbeat:
                raise sfn._ExecutionError("States.HeartbeatTimeout", f"No heartbeat for {heartbeat} seconds")

        try:
            if not wait_until(info["event"].is_set, state.get("TimeoutSeconds"), look):
                raise sfn._ExecutionError("States.Timeout", "")
        finally:
            spent.add(token)
            sfn._task_tokens.pop(token, None)
        if info["error"]:
            raise sfn._ExecutionError(info["error"].get("Error", ""), info["error"].get("Cause", ""))
        return json.loads(info["result"])

    @patch(sfn, "_send_task_heartbeat")
    def send_task_heartbeat(original, data):
        info = sfn._task_tokens.get(data.get("taskToken"))
        if info:
            info["beat"] = time.monotonic()
        return original(data)

    @patch(sfn, "_error_matches")
    def error_matches(original, names, error):
        return original(names, error) or (error == "States.HeartbeatTimeout" and "States.Timeout" in names)

    @patch(sfn, "_apply_jsonata_arguments")
    def arguments(original, state, raw_input, ctx=None):
        if ".waitForTaskToken" in state.get("Resource", "") and (ctx or {}).get("State", {}).get("RetryCount"):
            ctx["Task"]["Token"] = sfn.new_uuid()
        return original(state, raw_input, ctx)

"""Step Functions: TimeoutSeconds and HeartbeatSeconds of a task may be a JSONata expression, or come from TimeoutSecondsPath and HeartbeatSecondsPath.

AWS: both take a positive integer or an expression that gives one; a value that is none is States.QueryEvaluationError, which a Catch may
name (JSONPath: States.Runtime, which none may). A task that ran out of time is TaskTimedOut in the history.
https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

MiniStack compares the expression's text with a number, and ignores the paths.
"""
import json
import os

import ministack.services.stepfunctions as sfn

from .seams import need, need_text, patch

#: Not of AWS: lets a suite have time-outs of minutes pass in seconds.
SCALE = float(os.environ.get("GROUNDSWELL_TIMEOUT_SCALE", "1"))
MAX_SECONDS = 99_999_999


def _seconds(state, field, raw_input, ctx):
    if sfn._state_query_language(state, ctx) == "JSONata":
        if field not in state:
            return None
        value = sfn._jsonata_state_field(state, field, "number", raw_input, ctx)
        error = "States.QueryEvaluationError"
    elif f"{field}Path" in state:
        value = sfn._resolve_path_or_ctx(state[f"{field}Path"], sfn._apply_input_path(state, raw_input, ctx), ctx)
        error = "States.Runtime"
    elif field in state:
        value = state[field]
        error = "States.Runtime"
    else:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or not 0 < value <= MAX_SECONDS:
        raise sfn._ExecutionError(error, f"{field} must be a positive integer, but was: {json.dumps(value)}")
    return int(value) * SCALE


def apply():
    need_text(sfn._execute_task, 'effective, state_def["TimeoutSeconds"])')
    for helper in ("_jsonata_state_field", "_resolve_path_or_ctx", "_apply_input_path", "_find_matching_catcher", "_apply_catcher"):
        need(callable(getattr(sfn, helper, None)), f"stepfunctions.{helper}")

    @patch(sfn, "_execute_task")
    def execute_task(original, state, raw_input, execution, ctx):
        try:
            limits = {field: _seconds(state, field, raw_input, ctx) for field in ("TimeoutSeconds", "HeartbeatSeconds")}
        except sfn._ExecutionError as error:
            catcher = None if error.error == "States.Runtime" else sfn._find_matching_catcher(state.get("Catch", []), error.error)
            if not catcher:
                raise
            language = sfn._state_query_language(state, ctx)
            output = {"Error": error.error, "Cause": error.cause}
            return sfn._apply_catcher(catcher, raw_input, ctx, language, output), catcher["Next"]
        state = {key: value for key, value in state.items() if key not in limits}
        state |= {field: seconds for field, seconds in limits.items() if seconds is not None}
        return original(state, raw_input, execution, ctx)

    @patch(sfn, "_add_event")
    def add_event(original, execution, event_type, details=None):
        failed = (details or {}).get("taskFailedEventDetails")
        if event_type == "TaskFailed" and failed["error"] in ("States.Timeout", "States.HeartbeatTimeout"):
            return original(execution, "TaskTimedOut", {"taskTimedOutEventDetails": failed})
        return original(execution, event_type, details)

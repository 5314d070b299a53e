"""Step Functions: Arguments, Output and Assign of a Parallel, and Output of a Succeed, in JSONata.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
MiniStack ignores them. (Our own machines keep clear of them, by lint.)
"""
import ministack.services.stepfunctions as sfn

from .seams import need, patch


def apply():
    for helper in ("_apply_jsonata_output", "_apply_state_assign", "_state_query_language"):
        need(callable(getattr(sfn, helper, None)), f"stepfunctions.{helper}")

    @patch(sfn, "_run_parallel_branches")
    def run_parallel_branches(original, state, raw_input, execution, ctx):
        if sfn._state_query_language(state, ctx) != "JSONata":
            return original(state, raw_input, execution, ctx)
        bare = {key: value for key, value in state.items() if key not in ("Arguments", "Output", "Assign")}
        result, following = original(bare, sfn._apply_jsonata_arguments(state, raw_input, ctx), execution, ctx)
        output = sfn._apply_jsonata_output(state, raw_input, ctx, result=result, default=result)
        sfn._apply_state_assign(state, raw_input, ctx, result=result)
        return output, following

    @patch(sfn, "_apply_output_path")
    def apply_output_path(original, state, data, ctx=None):
        if state.get("Type") == "Succeed" and sfn._state_query_language(state, ctx) == "JSONata":
            return sfn._apply_jsonata_output(state, data, ctx, default=data)
        return original(state, data, ctx)

"""Step Functions: a branch has a context object and variables of its own.

AWS: $states.context.State and the task's token are those of the branch; a branch reads the variables from outside and assigns only its own.
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#variable-scope

MiniStack's branches of a Parallel share one context: now and then a state sees another's name or token.
"""
import ministack.services.stepfunctions as sfn

from .seams import patch


def apply():
    @patch(sfn, "_run_sub_machine")
    def run_sub_machine(original, states, start_at, data, execution, ctx):
        own = {**ctx, "variables": dict(ctx.get("variables") or {}), "State": dict(ctx.get("State") or {})}
        return original(states, start_at, data, execution, own)

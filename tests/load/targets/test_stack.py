"""What is read of a deployed stack, from shapes as the services answer them."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("boto3")

from pytest_serverless.audits.iam_actions import Place, requests_of
from pytest_serverless.audits.iam_evaluate import evaluate
from pytest_serverless.audits.iam_policy import Caller, read_statements
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.results import TargetFunction
from pytest_serverless.load.targets import Reached, policy, reach_stack
from pytest_serverless.load.targets.aws_calls import CALLS
from tests.load.targets.recorded import ACCOUNT, REGION, Error, Recorded, answers_of, arn, function, resource, stack

FUNCTION = resource("Checkout", "AWS::Lambda::Function", "shop-Checkout-1a2b3c")
REST = resource("Api", "AWS::ApiGateway::RestApi", "a1b2c3d4e5")
HTTP = resource("Http", "AWS::ApiGatewayV2::Api", "f6g7h8i9j0")
URL = resource("CheckoutUrl", "AWS::Lambda::Url", arn("shop-Checkout-1a2b3c"))

REST_ANSWERS = {
    "GetRestApi": {"id": "a1b2c3d4e5", "name": "shop", "endpointConfiguration": {"types": ["REGIONAL"]}},
    "GetStages": lambda asked: {"item": [{"stageName": "Prod"}]},
    "GetResources": {"items": [{"id": "x", "path": "/", "resourceMethods": {"GET": {"authorizationType": "NONE"}}}]},
}
HTTP_ANSWERS = {
    "GetApi": {
        "ApiId": "f6g7h8i9j0",
        "ApiEndpoint": f"https://f6g7h8i9j0.execute-api.{REGION}.amazonaws.com",
        "Name": "shop",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
    },
    "GetStages": lambda asked: {"Items": [{"StageName": "$default"}]},
    "GetRoutes": {"Items": [{"RouteKey": "GET /items", "AuthorizationType": "NONE"}]},
}


def reach(*resources, **others):
    return reach_stack("shop", session=Recorded(answers_of(list(resources), **others)).session)


def function_url(url="https://abcdef.lambda-url.eu-west-1.on.aws/", name="shop-Checkout-1a2b3c", auth="NONE"):
    times = {"CreationTime": "2026-11-01T00:00:00Z", "LastModifiedTime": "2026-11-01T00:00:00Z"}
    return {"FunctionUrl": url, "FunctionArn": name if ":" in name else arn(name), "AuthType": auth, **times}


def test_functions_are_known_by_their_ids_with_what_a_result_tells_of_them():
    reached = reach(
        FUNCTION,
        GetFunctionConcurrency={"ReservedConcurrentExecutions": 7},
        ListProvisionedConcurrencyConfigs={
            "ProvisionedConcurrencyConfigs": [
                {
                    "FunctionArn": arn("shop-Checkout-1a2b3c", "live"),
                    "RequestedProvisionedConcurrentExecutions": 5,
                    "AvailableProvisionedConcurrentExecutions": 3,
                    "Status": "IN_PROGRESS",
                }
            ]
        },
    )

    assert reached.kind == "stack"
    assert reached.functions == {"Checkout": "shop-Checkout-1a2b3c"}
    assert reached.measured.functions == (
        TargetFunction(
            name="shop-Checkout-1a2b3c",
            runtime="python3.12",
            architecture="arm64",
            memory_mb=512,
            reserved=7,
            provisioned=5,
        ),
    )
    assert reached.invoke_url == "https://lambda.eu-west-1.amazonaws.com"
    assert (reached.measured.provider, reached.measured.region) == ("aws", REGION)
    assert reached.account == ACCOUNT
    assert reached.tags == {"stage": "test"}
    assert reached.resources == {"Checkout": "shop-Checkout-1a2b3c"}
    assert "shop-Checkout-1a2b3c:live" in reached.notes[0]
    assert "3 of 5 provisioned instances are ready (IN_PROGRESS)" in reached.notes[1]
    assert Reached.from_json(json.loads(json.dumps(reached.as_json()))) == reached


def test_a_container_image_on_managed_instances_has_no_runtime_and_serves_several_at_once():
    aws = Recorded(answers_of([FUNCTION]))
    model = aws.session.client("lambda").meta.service_model.operation_model("GetFunctionConfiguration")
    if "CapacityProviderConfig" not in model.output_shape.members:
        pytest.skip("this release of botocore is older than managed instances")
    managed = {
        "CapacityProviderArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:capacity-provider:big",
        "PerExecutionEnvironmentMaxConcurrency": 16,
    }
    told = function("shop-Image")
    told.pop("Runtime")
    told["CapacityProviderConfig"] = {"LambdaManagedInstancesCapacityProviderConfig": managed}

    reached = reach(FUNCTION, GetFunctionConfiguration=told)

    assert reached.measured.functions[0].runtime is None
    assert reached.measured.functions[0].at_once == 16


def test_a_rest_api_is_asked_at_its_stage():
    reached = reach(REST, **REST_ANSWERS)

    assert reached.urls == {"Api": "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/Prod"}
    assert reached.path("Api") == "rest_api"
    assert reached.url() == reached.measured.url == reached.urls["Api"]
    assert reached.invoke_url is None
    assert reached.notes == ()


def test_the_stage_that_sam_leaves_beside_its_own_is_not_taken():
    two = {**REST_ANSWERS, "GetStages": {"item": [{"stageName": "Stage"}, {"stageName": "Prod"}]}}

    assert reach(REST, resource("ApiProdStage", "AWS::ApiGateway::Stage", "Prod"), **two).url("Api").endswith("/Prod")
    assert list(reach(REST, **two).urls) == ["Api.Stage", "Api.Prod"]


def test_an_http_api_is_asked_without_its_default_stage_and_with_any_other():
    assert reach(HTTP, **HTTP_ANSWERS).urls == {"Http": "https://f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com"}

    other = reach(HTTP, **{**HTTP_ANSWERS, "GetStages": {"Items": [{"StageName": "dev"}]}})

    assert other.urls == {"Http": "https://f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com/dev"}
    assert other.path() == "http_api"


def test_function_urls_are_those_of_their_own_function_or_alias():
    live = resource("LiveUrl", "AWS::Lambda::Url", arn("shop-Checkout-1a2b3c", "live"))
    urls = [
        function_url(),
        function_url("https://live.lambda-url.eu-west-1.on.aws/", arn("shop-Checkout-1a2b3c", "live"), "AWS_IAM"),
    ]

    reached = reach(live, URL, FUNCTION, ListFunctionUrlConfigs={"FunctionUrlConfigs": urls})

    assert reached.urls == {
        "LiveUrl": "https://live.lambda-url.eu-west-1.on.aws",
        "CheckoutUrl": "https://abcdef.lambda-url.eu-west-1.on.aws",
    }
    assert reached.path("LiveUrl") == "function_url"
    assert reached.notes == ("LiveUrl asks all requests for credentials: AWS_IAM, so sign them.",)


def test_two_urls_whose_ids_do_not_tell_them_apart_are_each_taken_once():
    urls = [
        function_url("https://live.lambda-url.eu-west-1.on.aws/", arn("shop-Checkout-1a2b3c", "live")),
        function_url("https://test.lambda-url.eu-west-1.on.aws/", arn("shop-Checkout-1a2b3c", "test")),
    ]
    other = resource("TestUrl", "AWS::Lambda::Url", arn("shop-Checkout-1a2b3c"))

    reached = reach(URL, other, ListFunctionUrlConfigs={"FunctionUrlConfigs": urls})

    assert reached.urls == {
        "CheckoutUrl": "https://live.lambda-url.eu-west-1.on.aws",
        "TestUrl": "https://test.lambda-url.eu-west-1.on.aws",
    }


def test_preflight_requests_are_none_that_credentials_are_asked_for():
    methods = {"POST": {"authorizationType": "AWS_IAM"}, "OPTIONS": {"authorizationType": "NONE"}}
    answers = {**REST_ANSWERS, "GetResources": {"items": [{"id": "x", "resourceMethods": methods}]}}

    assert reach(REST, **answers).notes == ("Api asks all requests for credentials: AWS_IAM, so sign them.",)


def test_it_is_told_who_may_call_an_api():
    methods = {
        "GET": {"authorizationType": "NONE"},
        "POST": {"authorizationType": "COGNITO_USER_POOLS", "apiKeyRequired": True},
        "OPTIONS": {"authorizationType": "NONE"},
    }
    answers = {**REST_ANSWERS, "GetResources": {"items": [{"id": "x", "resourceMethods": methods}]}}
    private = {"id": "a1b2c3d4e5", "endpointConfiguration": {"types": ["PRIVATE"]}}

    notes = reach(REST, **{**answers, "GetRestApi": private}).notes

    assert notes == (
        "Api is private: it answers within its VPC alone.",
        "Api asks some requests for credentials: COGNITO_USER_POOLS, so send a token of the user pool.",
        "Api takes API keys.",
    )


def test_resources_of_nested_stacks_have_ids_with_a_dot():
    nested = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop-Pay-XYZ/0a"
    below = [
        resource("Charge", "AWS::Lambda::Function", "shop-Pay-Charge"),
        resource("Deep", "AWS::CloudFormation::Stack", f"{nested}b"),
    ]
    listed = {
        nested: below,
        f"{nested}b": [resource("Refund", "AWS::Lambda::Function", "shop-Pay-Deep-Refund")],
    }
    top = [FUNCTION, resource("Pay", "AWS::CloudFormation::Stack", nested)]

    reached = reach(ListStackResources=lambda asked: {"StackResourceSummaries": listed.get(asked["StackName"], top)})

    assert reached.functions == {
        "Checkout": "shop-Checkout-1a2b3c",
        "Pay.Charge": "shop-Pay-Charge",
        "Pay.Deep.Refund": "shop-Pay-Deep-Refund",
    }


def test_resources_are_read_to_the_last_page():
    def page(asked):
        if "NextToken" not in asked:
            return {"StackResourceSummaries": [FUNCTION], "NextToken": "2"}
        return {"StackResourceSummaries": [resource("Items", "AWS::DynamoDB::Table", "shop-items")]}

    assert reach(ListStackResources=page).resources == {
        "Checkout": "shop-Checkout-1a2b3c",
        "Items": "shop-items",
    }


def test_what_is_not_there_any_more_is_left_out_and_told():
    gone = Error("ResourceNotFoundException", "Function not found", 404)
    reached = reach(
        FUNCTION,
        resource("Old", "AWS::Lambda::Function", "shop-Old", "DELETE_COMPLETE"),
        resource("Never", "AWS::Lambda::Function", None, "CREATE_FAILED"),
        resource("Lost", "AWS::Lambda::Function", "shop-Lost"),
        GetFunctionConfiguration=lambda asked: gone if "Lost" in asked["FunctionName"] else function("shop-Checkout"),
    )

    assert list(reached.functions) == ["Checkout"]
    assert reached.notes == ("Lost: the function shop-Lost was deleted outside of the stack.",)


def test_a_function_that_is_not_ready_is_told_of():
    reached = reach(
        FUNCTION, GetFunctionConfiguration=function("shop-Checkout", LastUpdateStatus="Failed", State="Inactive")
    )

    assert reached.notes == ("shop-Checkout: State is Inactive.", "shop-Checkout: LastUpdateStatus is Failed.")


def test_an_api_that_answers_at_its_own_domain_alone_has_no_url():
    reached = reach(
        FUNCTION, HTTP, **{**HTTP_ANSWERS, "GetApi": {**HTTP_ANSWERS["GetApi"], "DisableExecuteApiEndpoint": True}}
    )

    assert reached.urls == {}
    assert "--host" in reached.notes[0]


def test_a_websocket_api_is_told_of():
    api = {**HTTP_ANSWERS["GetApi"], "ProtocolType": "WEBSOCKET"}

    assert reach(FUNCTION, HTTP, **{**HTTP_ANSWERS, "GetApi": api}).notes == (
        "Http is a WebSocket API, which is not measured.",
    )


def test_a_stack_with_nothing_to_send_to_cannot_be_measured():
    with pytest.raises(InvalidParameterError, match=r"Nothing in the stack shop.*It has AWS::SQS::Queue"):
        reach(resource("Orders", "AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/orders"))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("UPDATE_IN_PROGRESS", "Wait until it is done"),
        ("DELETE_IN_PROGRESS", "Deploy it again"),
        ("ROLLBACK_COMPLETE", "Deploy it again"),
        ("UPDATE_ROLLBACK_FAILED", "is not what its template says"),
        ("REVIEW_IN_PROGRESS", "execute its change set"),
    ],
)
def test_a_stack_in_a_state_that_is_not_settled_cannot_be_measured(status, said):
    told = stack(StackStatus=status, StackStatusReason="User Initiated")

    with pytest.raises(InvalidParameterError, match=rf"in the state {status} \(User Initiated\)\..*{said}"):
        reach(FUNCTION, DescribeStacks=told)


def test_a_rolled_back_update_can_be_measured_and_is_told():
    assert "was rolled back" in reach(FUNCTION, DescribeStacks=stack(StackStatus="UPDATE_ROLLBACK_COMPLETE")).notes[0]


@pytest.fixture(scope="module")
def calls():
    """All that are ever made: of a stack with everything in it, and of one that there is not."""
    nested = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop-Pay-XYZ/0a"
    top = [FUNCTION, REST, HTTP, URL, resource("Pay", "AWS::CloudFormation::Stack", nested)]
    others = {
        "ListStackResources": lambda asked: {"StackResourceSummaries": top if asked["StackName"] != nested else []},
        "GetStages": lambda asked: {"item": []} if "restApiId" in asked else {"Items": []},
        "ListFunctionUrlConfigs": {"FunctionUrlConfigs": [function_url()]},
        "ListStacks": {"StackSummaries": []},
    }
    aws = Recorded(answers_of(top, **{**REST_ANSWERS, **HTTP_ANSWERS, **others}))
    reach_stack("shop", session=aws.session)
    aws.answers["DescribeStacks"] = Error("ValidationError", "Stack with id shop does not exist")
    with pytest.raises(LookupError):
        reach_stack("shop", session=aws.session)
    return aws.calls


def test_the_calls_are_those_that_are_named_and_no_others(calls):
    assert {(service, operation) for service, operation, _ in calls} == set(CALLS)


def permissions(calls):
    """What the calls take, by AWS's own reference."""
    place = Place(region=REGION, account=ACCOUNT)
    for service, operation, asked in calls:
        for each in requests_of(service, operation, asked, place) or ():
            # A stack that is named by its ARN is that ARN, which the table does not say.
            yield replace(each, resource=each.resource or asked["StackName"])


def decisions(statements, calls):
    read = read_statements(statements)
    return [evaluate(each, identity=read, caller=Caller(account=ACCOUNT)) for each in permissions(calls)]


def test_the_policy_allows_each_call_and_no_statement_of_it_is_idle(calls):
    statements = json.loads(policy("shop", account=ACCOUNT, region=REGION))["Statement"]

    for decision in decisions(statements, calls):
        assert decision.allowed, decision.explanation
    for statement in statements:
        others = [each for each in statements if each is not statement]
        assert any(decision.verdict == "denied" for decision in decisions(others, calls))


def test_the_policy_allows_the_calls_on_the_stack_and_what_is_nested_in_it():
    told = json.loads(policy("shop", account=ACCOUNT, region=REGION))

    actions = [action for statement in told["Statement"] for action in statement["Action"]]
    assert sorted(actions) == sorted(set(CALLS.values()))
    assert told["Statement"][0]["Resource"] == [
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/*",
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-*/*",
    ]
    assert all(action.partition(":")[2].startswith(("Get", "List", "Describe", "GET")) for action in actions)

"""Event handlers of Powertools for AWS Lambda behind each kind of API, asked as a client asks.

https://docs.powertools.aws.dev/lambda/python/latest/core/event_handler/api_gateway/ (3.37, 2026-11).
"""

import pytest

pytest.importorskip("aws_lambda_powertools")

HEAD = """
    Globals:
      Function: {CodeUri: src/, Runtime: python3.13}
"""
RESOURCES = """
    Rest:
      Type: AWS::Serverless::Function
      Properties:
        Handler: app.rest
        Events: {Any: {Type: Api, Properties: {Path: "/{proxy+}", Method: any}}}
    Http:
      Type: AWS::Serverless::Function
      Properties:
        Handler: app.http
        Events: {Any: {Type: HttpApi, Properties: {Path: "/{proxy+}", Method: any}}}
    Url:
      Type: AWS::Serverless::Function
      Properties:
        Handler: app.url
        FunctionUrlConfig: {AuthType: NONE}
    Behind:
      Type: AWS::Serverless::Function
      Properties: {Handler: app.balanced}
    Group:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties: {TargetType: lambda, Targets: [{Id: !GetAtt Behind.Arn}]}
    Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
    Listener:
      Type: AWS::ElasticLoadBalancingV2::Listener
      Properties:
        LoadBalancerArn: !Ref Balancer
        Port: 80
        Protocol: HTTP
        DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]
"""
CODE = """
    from aws_lambda_powertools.event_handler import (
        ALBResolver, APIGatewayHttpResolver, APIGatewayRestResolver, LambdaFunctionUrlResolver, Response
    )
    from aws_lambda_powertools.event_handler.exceptions import BadRequestError

    def served(app):
        @app.get("/items/<id_>")
        def show(id_):
            return {"id": id_, "q": app.current_event.resolved_query_string_parameters.get("q")}

        @app.post("/items")
        def make():
            item = app.current_event.json_body
            if "name" not in item:
                raise BadRequestError("name is missing")
            return Response(201, "application/json", '{"made": "%s"}' % item["name"], {"Location": "/items/1"})

        return app

    rest = served(APIGatewayRestResolver())
    http = served(APIGatewayHttpResolver())
    url = served(LambdaFunctionUrlResolver())
    balanced = served(ALBResolver())
"""
APIS = {"Rest": "ServerlessRestApi", "Http": "ServerlessHttpApi", "Url": "Url", "Behind": "Listener"}


@pytest.fixture
def shop(make_application):
    return make_application(RESOURCES, CODE, head=HEAD)


@pytest.mark.parametrize(("function", "api"), APIS.items(), ids=APIS)
def test_a_resolver_answers_requests(shop, function, api):
    shown = shop.request("GET", "/items/42?q=tea", api=api)
    made = shop.request("POST", "/items", json={"name": "cup"}, api=api)
    refused = shop.request("POST", "/items", json={}, api=api)
    missing = shop.request("GET", "/nothing", api=api)

    assert (shown.status, shown.json()["id"]) == (200, "42")
    assert shown.json()["q"] == ["tea"]
    assert (made.status, made.json(), made.headers["location"]) == (201, {"made": "cup"}, "/items/1")
    assert (refused.status, refused.json()["message"]) == (400, "name is missing")
    assert (missing.status, missing.json()["message"]) == (404, "Not found")
    assert [outcome.ok for outcome in shop.invocations(function)] == [True] * 4

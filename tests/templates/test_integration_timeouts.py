"""How long a gateway waits for a function, where the template says so, and how many requests a stage takes."""

import pytest

from pytest_serverless.templates import load

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefaultRouteSettings: {ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10}
      RouteSettings: {"GET /quick": {ThrottlingBurstLimit: 1}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      InlineCode: "def handler(event, context): pass"
      Events:
        Quick: {Type: HttpApi, Properties: {ApiId: !Ref Web, Path: /quick, Method: get, TimeoutInMillis: 500}}
        Slow: {Type: HttpApi, Properties: {ApiId: !Ref Web, Path: /slow, Method: get}}
        RestQuick: {Type: Api, Properties: {Path: /quick, Method: get, TimeoutInMillis: 700}}
        RestSlow: {Type: Api, Properties: {Path: /slow, Method: get}}
"""

PLAIN = """
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      Role: arn:aws:iam::123456789012:role/role
      Code: {ZipFile: "def handler(event, context): pass"}
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: web}}
  Call:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Web
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Fn.Arn
      PayloadFormatVersion: "2.0"
      TimeoutInMillis: 500
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Web, RouteKey: GET /quick, Target: !Sub "integrations/${Call}"}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
  Quick:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: NONE
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        TimeoutInMillis: "700"
        Uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations
"""


def timeouts(app):
    return {(t.settings.front, t.settings.path): t.settings.timeout_ms for t in app.triggers}


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "template.yaml"
        path.write_text(text)
        return load(path)

    return read


def test_an_event_of_sam_says_how_long_its_gateway_waits(read):
    assert timeouts(read(SAM)) == {
        ("http_api", "/quick"): 500,
        ("http_api", "/slow"): None,
        ("rest_api", "/quick"): 700,
        ("rest_api", "/slow"): None,
    }


def test_an_integration_says_how_long_its_gateway_waits(read):
    assert timeouts(read(PLAIN)) == {("http_api", "/quick"): 500, ("rest_api", "/"): 700}


def test_the_stage_of_an_http_api_keeps_its_limits(read):
    [stage] = [one for one in read(SAM).resources.values() if one.type == "AWS::ApiGatewayV2::Stage"]

    assert stage.properties["DefaultRouteSettings"] == {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 10}
    assert stage.properties["RouteSettings"] == {"GET /quick": {"ThrottlingBurstLimit": 1}}

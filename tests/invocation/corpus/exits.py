import sys


def handler(event, context):
    sys.exit(event["code"])

import os

TABLE = os.environ["CORPUS_TABLE_NAME"]


def handler(event, context):
    return None

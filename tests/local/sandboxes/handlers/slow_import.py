import os
import tempfile
import time

_seen = os.path.join(tempfile.gettempdir(), "seen")
if not os.path.exists(_seen):
    open(_seen, "w").close()
    time.sleep(float(os.environ.get("FIRST_S", "0")))
else:
    time.sleep(float(os.environ.get("AGAIN_S", "0")))


def handler(event, context):
    return "ready"

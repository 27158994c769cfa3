"""An application that lives: its functions, its mocked backends and its triggers, on one clock.

`Deployment` is the object behind the fixture `serverless`. It gives every call a record (`records.py`), hands what
changes in the backends to the functions that wait for it (`delivery.py`), and answers the Lambda API that its own
functions call (`lambda_api.py`).
"""

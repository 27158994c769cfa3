"""Which resource is looked at, and what is said of one that cannot be."""

import pytest

from pytest_serverless.deployment.arrived import Arrivals, Backends
from pytest_serverless.errors import BackendError, InvalidParameterError, UnknownNameError


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda s: s.queue("JobDlq"), r"no queue of template\.yaml named 'JobDlq'\. Did you mean 'JobsDlq'"),
        (lambda s: s.topic("Nws"), "no topic .* Did you mean 'News'"),
        (lambda s: s.bus("Shp"), "no bus .* Did you mean 'Shop'"),
        (lambda s: s.stream("Ledgr"), "no stream .* Did you mean 'Ledger'"),
        (lambda s: s.table("Order"), "no table .* Did you mean 'Orders'"),
        (lambda s: s.bucket("zzz"), "no bucket .* There are: Uploads"),
    ],
)
def test_an_unknown_id_is_answered_with_the_nearest_of_its_kind(serverless, ask, message):
    with pytest.raises(UnknownNameError, match=message):
        ask(serverless)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda s: s.queue("Orders"),
            r"Orders is no queue but .*DynamoDB::Table.*yaml:\d+.*serverless\.table\('Orders'\)",
        ),
        (lambda s: s.table("Jobs"), r"Jobs is no table but .*serverless\.queue\('Jobs'\)"),
        (lambda s: s.stream("News"), r"News is no stream but .*serverless\.topic\('News'\)"),
        (lambda s: s.topic("Work"), r"Work is no topic but .*Lambda::Function.*serverless\.invocations\('Work'\)"),
        (lambda s: s.bucket("WorkRole"), r"WorkRole is no bucket but .*IAM::Role.* may be: Uploads"),
        (lambda s: s.stream("Orders"), r"table Orders has no stream.*StreamViewType.*serverless\.table\('Orders'\)"),
    ],
)
def test_an_id_of_another_kind_is_answered_with_what_to_use(serverless, ask, message):
    with pytest.raises(InvalidParameterError, match=message):
        ask(serverless)


def test_what_is_looked_at_is_needed(provisioned, backend):
    needed = []
    backends = Backends(clients=backend.client, quietly=backend.journal.quietly)
    arrivals = Arrivals(provisioned.app, backends, account=backend.account, need=needed.extend)

    arrivals.table("Orders")
    arrivals.stream("Ledger")
    arrivals.bus()

    assert needed == ["Orders", "Ledger"]


def test_backends_elsewhere_show_what_they_hold_and_say_what_they_cannot(provisioned, backend):
    backends = Backends(clients=backend.client, quietly=backend.journal.quietly)
    arrivals = Arrivals(provisioned.app, backends, account=backend.account)

    assert arrivals.table("Orders").items == []
    assert arrivals.bucket("Uploads").keys == []
    with pytest.raises(BackendError, match=r"Jobs .* at an endpoint .* mocked backends"):
        arrivals.queue("Jobs").bodies  # noqa: B018
    with pytest.raises(BackendError, match=r"News .* at an endpoint"):
        arrivals.topic("News").bodies  # noqa: B018

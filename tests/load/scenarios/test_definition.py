"""A scenario's attributes: what they come to, and what is told of those that cannot be."""

from pathlib import Path

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals import Phase, Plan
from pytest_serverless.load.auth import ApiKey, BearerToken
from pytest_serverless.load.classes import Rule, statuses
from pytest_serverless.load.scenarios.definition import define
from pytest_serverless.load.scenarios.feeders import feed


def browse(call):
    """What most do."""


def buy(call):
    """What some do."""


STEADY = {"arrival_rate": 50, "hold": "60s", "journey": browse}
PHASED = {"phases": [Phase.hold(50, "60s")], "journey": browse}


def fault(attributes, overrides=None, **more):
    with pytest.raises(InvalidParameterError) as caught:
        define("Shop", attributes, overrides, **more)
    said = str(caught.value)
    assert said.startswith("Scenario Shop: ")
    assert said.endswith((".", "?"))
    assert not said.endswith("..")
    return said.removeprefix("Scenario Shop: ")


def test_the_least_that_a_scenario_needs():
    shop = define("Shop", STEADY)

    assert shop.plan == Plan.steady(50, 60)
    assert shop.journeys == {"": browse}
    assert shop.arrival_rate == 50
    assert shop.judged == ("hold",)
    assert shop.weights == {"Shop": 1.0}
    assert (shop.max_in_flight, shop.timeout_s, shop.drain_s) == (1000, 30.0, 10.0)
    assert shop.seed is None


def test_warm_up_ramp_and_uniform_arrivals():
    shop = define("Shop", {**STEADY, "warm_up": "10s", "ramp": 5, "arrivals": "uniform"})

    assert shop.plan == Plan.steady(50, 60, warm_up=10, ramp=5, pattern="uniform")
    assert shop.judged == ("hold",)
    assert shop.arrival_rate == 50


def test_phases_may_be_given_with_lists_of_steps_among_them():
    phases = [Phase.hold(5, 10, name="calm", judged=False), Phase.steps([10, 20], 30), Phase.bursts(40, 1)]
    shop = define("Shop", {"phases": phases, "journey": browse})

    assert [phase.name for phase in shop.plan.phases] == ["calm", "step-1", "step-2", "burst"]
    assert shop.judged == ("step-1", "step-2", "burst")
    assert shop.arrival_rate is None


def test_one_phase_needs_no_list():
    assert define("Shop", {"phases": Phase.bursts(100, "5s"), "journey": browse}).plan == Plan([Phase.bursts(100, 5)])


def test_bursts_have_no_arrival_rate():
    assert define("Shop", {"phases": Phase.bursts(100, "5s"), "journey": browse}).arrival_rate is None


def test_the_command_line_comes_over_the_scenario():
    shop = define("Shop", STEADY, {"arrival_rate": 5, "hold": "2m", "seed": 3})

    assert shop.plan == Plan.steady(5, 120)
    assert shop.seed == 3


def test_the_command_line_may_give_what_the_scenario_does_not():
    assert define("Shop", {"journey": browse, "arrival_rate": 5}, {"hold": 10, "seed": None}).plan == Plan.steady(5, 10)


def test_a_mix_has_functions_or_the_names_of_methods():
    shop = define("Shop", {**STEADY, "journey": None, "mix": {browse: 80, "pay": 20}, "pay": buy})

    assert shop.journeys == {"browse": browse, "pay": buy}
    assert shop.plan.mix == {"browse": 80, "pay": 20}
    assert shop.weights == pytest.approx({"Shop/browse": 0.8, "Shop/pay": 0.2})


def test_a_method_that_is_in_the_mix_as_its_function_is_called_on_its_object():
    class Shop:
        def browse(self, call):
            return self, call

        mix = {browse: 1}  # noqa: RUF012

    shop = Shop()
    definition = define("Shop", {**STEADY, "journey": None, "browse": shop.browse, "mix": Shop.mix})

    assert definition.journeys["browse"]("call") == (shop, "call")


def test_variants_are_counted_apart_and_so_are_the_journeys_of_a_mix():
    variants = ("eager", "lazy")
    assert define("Shop", {**STEADY, "variants": variants}).weights == {"Shop [eager]": 0.5, "Shop [lazy]": 0.5}
    mixed = define("Shop", {**STEADY, "journey": None, "mix": {browse: 3, buy: 1}, "variants": list(variants)})
    assert mixed.weights == {
        "Shop/browse [eager]": 0.375,
        "Shop/browse [lazy]": 0.375,
        "Shop/buy [eager]": 0.125,
        "Shop/buy [lazy]": 0.125,
    }
    assert mixed.key("buy", "lazy") == "Shop/buy [lazy]"


def test_thresholds_are_texts_or_limits_by_name():
    def texts(given):
        return [str(each) for each in define("Shop", {**STEADY, "thresholds": given}).thresholds]

    assert texts(("throttles < 1%", "latency.p99 < 300ms")) == ["throttles < 1%", "latency.p99 < 300ms"]
    assert texts("throttles < 1%") == ["throttles < 1%"]
    assert texts({"latency.p99": "< 300ms"}) == ["latency.p99 < 300ms"]


def test_rules_are_given_read_or_in_a_file_beside_the_locustfile(tmp_path):
    rule = Rule(status=statuses(404), kind="ok")
    (tmp_path / "rules.json").write_text('{"rules": [{"status": 404, "kind": "ok"}]}')

    for given in (rule, [rule], [{"status": 404, "kind": "ok"}], "rules.json", Path("rules.json")):
        assert define("Shop", {**STEADY, "rules": given}, directory=tmp_path).rules == (rule,)


def test_data_may_be_a_list():
    rows = [{"user": "ann"}]

    assert define("Shop", {**STEADY, "data": rows}).data == feed(rows)
    assert define("Shop", {**STEADY, "data": feed(rows, "unique")}).data == feed(rows, "unique")


def test_everything_else_stays_as_it_is():
    auth = ApiKey("k3y-of-tests")
    given = {
        "auth": auth,
        "function": "Checkout",
        "api": "Api",
        "path": "http_api",
        "variants": ("a", "b"),
        "interleave": "abba",
        "max_in_flight": 50,
        "timeout_s": 3,
        "drain_s": 0,
        "only_when_named": True,
        "until_throttled": True,
    }
    shop = define("Shop", {**STEADY, **given})

    assert {name: getattr(shop, name) for name in given} == given


def test_none_is_as_if_it_were_not_there():
    assert define("Shop", {**STEADY, "mix": None, "auth": None, "phases": None}) == define("Shop", STEADY)


def test_what_is_a_scenarios_own_is_left_alone():
    define("Shop", {**STEADY, "items_per_page": 20, "_rate": 3, "host": "https://x.example.com", "sign_in": browse})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("arival_rate", "arrival_rate"),
        ("rate", "arrival_rate"),
        ("treshold", "thresholds"),
        ("threshold", "thresholds"),
        ("warmup", "warm_up"),
        ("max_inflight", "max_in_flight"),
        ("timeout", "timeout_s"),
        ("setup", "set_up"),
        ("tear_down", "clean_up"),
        ("journeys", "journey"),
        ("duration", "hold"),
    ],
)
def test_a_name_that_looks_like_an_attribute_is_not_passed_over(name, meant):
    said = fault({**STEADY, name: 1})

    assert f"there is no attribute {name!r}; did you mean {meant!r}?" in said
    assert "begin it with an underscore" in said


def test_a_journey_of_the_mix_may_be_called_like_an_attribute_almost_is():
    define("Shop", {**STEADY, "journey": None, "mix": {"holds": 1}, "holds": browse})


@pytest.mark.parametrize("name", ["wait_time", "tasks", "weight", "fixed_count", "on_start", "on_stop", "min_wait"])
def test_what_is_locusts_is_told_to_mean_nothing(name):
    assert f"{name} is Locust's, and means nothing here" in fault({**STEADY, name: 1})


def test_tasks_of_locust_are_told_to_mean_nothing():
    def pay(call):
        """A task."""

    pay.locust_task_weight = 3
    assert "@task on pay means nothing here" in fault({**STEADY, "pay": pay})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arrival_rate": 0}, "arrival_rate is a number over 0, not 0"),
        ({"arrival_rate": "50"}, "arrival_rate is a number, 0 or more, not '50'"),
        ({"arrival_rate": float("inf")}, "arrival_rate is a number, 0 or more, not inf"),
        ({"arrival_rate": True}, "arrival_rate is a number, 0 or more, not True"),
        ({"arrival_rate": None}, "it has no arrival_rate. Write arrival_rate = 50"),
        ({"arrival_rate": None, "hold": None}, "it has no arrival_rate and no hold."),
        ({"hold": None}, "it has no hold."),
        ({"hold": "60"}, "hold: 60 has no unit. Write 60ms or 60s"),
        ({"hold": "a while"}, "hold: 'a while' is no time"),
        ({"hold": 0}, "hold is a number over 0, not 0"),
        ({"hold": "0s"}, "hold is a time longer than 0 s, not '0s'"),
        ({"warm_up": -1}, "warm_up is a number, 0 or more, not -1"),
        ({"arrivals": "poison"}, "arrivals is 'poisson', not 'poison'"),
        ({"arrivals": "burst"}, "arrivals is 'poisson' or 'uniform', not 'burst'"),
        ({"thresholds": "throttle < 1%"}, "There is no metric named 'throttle'. Did you mean 'throttles'?"),
        ({"thresholds": ("throttles",)}, "'throttles' cannot be read as a threshold"),
        ({"thresholds": 3}, "thresholds is texts such as"),
        ({"thresholds": (3,)}, "thresholds is texts such as"),
        ({"auth": "secret"}, "auth is credentials, such as BearerToken"),
        ({"auth": BearerToken}, "auth is credentials, such as BearerToken"),
        ({"data": "users.csv"}, "Data is a list of mappings, csv_rows('users.csv')"),
        ({"path": "httpapi"}, "path is 'http_api' or 'http', not 'httpapi'"),
        ({"path": 7}, "path is "),
        ({"rules": [{"status": 404, "kin": "ok"}]}, "there is no condition 'kin'"),
        ({"rules": 5}, "rules is a list of rules, or the file that has them, not 5"),
        ({"rules": "missing.toml"}, "The rules in missing.toml cannot be read"),
        ({"headers": ["a"]}, "headers have names and values"),
        ({"variants": "ab"}, "variants is two names or more"),
        ({"variants": ("a",)}, "variants is two names or more"),
        ({"variants": ("a", "a")}, "variants is two names or more"),
        ({"variants": ("a", "b", "a")}, "variants is different texts"),
        ({"variants": ("a", "")}, "variants is different texts"),
        ({"interleave": "abba"}, "interleave says how variants take turns, and it has none"),
        ({"variants": ("a", "b"), "interleave": "random"}, "interleave is 'coin' or 'abba', not 'random'"),
        ({"max_in_flight": 0}, "max_in_flight is a whole number, 1 or more, not 0"),
        ({"max_in_flight": 1.5}, "max_in_flight is a whole number, 1 or more, not 1.5"),
        ({"timeout_s": 0}, "timeout_s is a number over 0, not 0"),
        ({"timeout_s": "30s"}, "timeout_s is a number, 0 or more, not '30s'"),
        ({"drain_s": -1}, "drain_s is a number, 0 or more, not -1"),
        ({"only_when_named": 1}, "only_when_named is True or False, not 1"),
        ({"function": ""}, "function is a text that is not empty, not ''"),
        ({"api": 3}, "api is a text that is not empty, not 3"),
        ({"set_up": lambda: None}, "set_up(target) is how it is called, but it is defined as set_up()"),
        ({"clean_up": lambda target: None}, "clean_up(target, shared) is how it is called, but"),
        ({"set_up": {}}, "set_up(target) must be a function, and is {}"),
    ],
)
def test_an_attribute_that_cannot_be_is_told_with_what_may(changes, said):
    assert said in fault({**STEADY, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arrival_rate": 50}, "it has phases, which say when arrivals come, and arrival_rate: leave one away"),
        ({"hold": "60s"}, "and hold: leave one away"),
        ({"arrivals": "uniform"}, "and arrivals: leave one away"),
        ({"phases": []}, "phases is a list such as [Phase.hold(50, '60s')], not []"),
        ({"phases": "60s"}, "phases is a list such as"),
        ({"phases": [50]}, "phases are made by Phase.hold(50, '60s') and its like; 50 is none"),
        ({"phases": [Phase.hold(5, 5), Phase.hold(6, 5)]}, "Two phases are named 'hold'"),
        ({"phases": [Phase.hold(0, 5)]}, "none of its phases with arrivals is judged"),
        ({"phases": [Phase.hold(5, 5, judged=False)]}, "none of its phases with arrivals is judged"),
    ],
)
def test_phases_that_cannot_be(changes, said):
    assert said in fault({**PHASED, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"journey": None}, "it needs what an arrival does: def journey(self, call), or mix"),
        ({"mix": {browse: 1}}, "it has a journey and a mix"),
        ({"journey": lambda: None}, "journey(call) is how it is called, but it is defined as journey()"),
        ({"journey": lambda self, call: None}, "but it is defined as journey(self, call)"),
        ({"journey": "browse"}, "journey(call) must be a function, and is 'browse'"),
        ({"journey": None, "mix": {}}, "mix has journeys and their weights"),
        ({"journey": None, "mix": [browse]}, "mix has journeys and their weights"),
        ({"journey": None, "mix": {"brows": 1}, "browse": browse}, "There is no method for the mix named 'brows'"),
        ({"journey": None, "mix": {lambda call: None: 1}}, "a journey of the mix is a function with a name"),
        ({"journey": None, "mix": {3: 1}}, "a journey of the mix is a function with a name"),
        ({"journey": None, "mix": {browse: 1, "browse": 2}, "browse": buy}, "two journeys of the mix are named 'brows"),
        ({"journey": None, "mix": {browse: -1}}, "The weight of 'browse' is a number, 0 or more, not -1"),
        ({"journey": None, "mix": {browse: 0}}, "A mix needs a journey with a weight over 0"),
    ],
)
def test_journeys_that_cannot_be(changes, said):
    assert said in fault({**STEADY, **changes})


def test_a_journey_that_would_have_to_be_awaited_is_refused():
    async def browse(call):
        """What is never run."""

    def pages(call):
        yield call

    assert "there is nothing that awaits or iterates it" in fault({**STEADY, "journey": browse})
    assert "there is nothing that awaits or iterates it" in fault({**STEADY, "journey": pages})


def test_the_command_line_cannot_change_phases():
    said = fault(PHASED, {"arrival_rate": 5, "hold": "1m"})

    assert "so the arrival_rate and hold of the command line have no place in it" in said
    assert define("Shop", PHASED, {"seed": 4}).seed == 4


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"arrival_rate": 0}, "arrival_rate is a number over 0"),
        ({"hold": "soon"}, "hold: 'soon' is no time"),
        ({"seed": "x"}, "the seed is a whole number, not 'x'"),
        ({"ramp": 5}, "There is no option for a scenario named 'ramp'"),
    ],
)
def test_a_command_line_that_cannot_be(overrides, said):
    assert said in fault(STEADY, overrides)

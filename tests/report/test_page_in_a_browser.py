"""A page as a real browser shows it. Skipped where no Chromium or Chrome is on PATH."""

import json
import os
import re
import shutil
import subprocess

import pytest

from pytest_serverless.load.results import read, write
from pytest_serverless.report import page
from tests.load.results.runs import make_run
from tests.report.pages import parse, rows, sections

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
TIMEOUT_S = 60
COLOURS = {"light": ((255, 255, 255), (0, 95, 168)), "dark": ((22, 24, 28), (74, 163, 224))}

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
    pytest.mark.skipif(BROWSER is None, reason="no chromium or chrome on PATH"),
]


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """A function that opens a page in the browser, and returns what it printed and what the page logged."""
    folder = tmp_path_factory.mktemp("browser")

    def browse(document, *options):
        file = folder / "report.html"
        file.write_text(document, encoding="utf-8")
        command = [
            BROWSER,
            "--headless=new",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--no-first-run",
            "--enable-logging=stderr",
            "--virtual-time-budget=1000",
            f"--user-data-dir={folder / 'profile'}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            *options,
            file.as_uri(),
        ]
        ended = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True)
        logged = re.findall(r"CONSOLE.*", ended.stderr.decode(errors="replace"))
        return ended.stdout.decode(), logged

    return browse


@pytest.fixture(scope="module")
def held(run, tmp_path_factory):
    """The file of a run."""
    file = tmp_path_factory.mktemp("run") / "run.json"
    write(run, file)
    return file


@pytest.fixture(scope="module")
def shown(held, browse):
    """What a browser has of its page when all is drawn, without the script, which is no HTML."""
    document, logged = browse(page(read(held)), "--dump-dom")
    assert not logged
    return parse(re.sub(r"<script>.*?</script>", "", document, flags=re.DOTALL))


def test_the_numbers_that_a_browser_shows_are_those_of_the_file(run, held, shown):
    told = json.loads(held.read_text(encoding="utf-8"))
    estimates, generation = told["estimates"], told["validity"]["generation"]
    shown = sections(shown)

    latency = {row[0]: row[1:] for row in rows(shown["Latency from the intended start, in ms"])}
    assert latency["warm"][0] == f"{run.cell.latency['warm'].count:,}"
    cold = {row[0]: row for row in rows(shown["Cold starts"])}["requests that waited for a start"]
    rate = estimates["cold_starts.user_visible"]
    assert numbers(cold[1]) == pytest.approx([100 * rate[each] for each in ("value", "lower", "upper")], rel=0.01)
    assert numbers(cold[2]) == [rate["n"]]
    validity = {row[0]: row[1] for row in rows(shown["Validity"])}
    assert numbers(validity["sent"]) == [generation["sent"]]
    assert numbers(dict(row[:2] for row in rows(shown["Concurrency"]))["instances seen"]) == [
        estimates["instances"]["value"]
    ]


def numbers(text):
    return [float(each.replace(",", "")) for each in re.findall(r"[\d,]+(?:\.\d+)?", text)]


def test_every_chart_is_drawn_and_its_table_folded(shown):
    assert len(shown.all("figure")) == len(shown.all("canvas")) == 5
    assert not any("open" in each.attributes for each in shown.all("details"))
    legends = [cell.text for each in shown.all("figure") for cell in each.all("table")[0].all("th")]
    assert {"warm", "cold", "throttled", "planned", "sent", "requests in flight"} <= set(legends)


@pytest.mark.parametrize(("theme", "width"), [("light", 1100), ("dark", 1100), ("light", 500)])
def test_a_screenshot_has_the_lines_in_the_colours_of_the_theme(theme, width, run, browse, tmp_path):
    images = pytest.importorskip("PIL.Image")
    shot = tmp_path / "shot.png"
    dark = ["--blink-settings=preferredColorScheme=0"] if theme == "dark" else []
    _, logged = browse(page(run), f"--screenshot={shot}", f"--window-size={width},1600", *dark)
    with images.open(shot) as image:
        counted = {colour: n for n, colour in image.convert("RGB").getcolors(1 << 24)}
    back, warm = COLOURS[theme]

    assert not logged
    assert max(counted, key=counted.get) == back
    assert counted.get(warm, 0) > 100


def test_what_was_put_into_a_page_does_not_run(run, browse):
    foreign = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
    document, logged = browse(page(run).replace("</body>", f"{foreign}</body>"), "--dump-dom")

    assert "taken</title>" not in document
    assert sum("Content Security Policy" in each for each in logged) >= 2


def test_hostile_names_are_shown_and_do_nothing(run, browse):
    name = "</title></script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    document, logged = browse(page(make_run(run.aggregate, notes=(name,), mix={name: 1}, git=name)), "--dump-dom")

    assert not logged
    assert "<title>taken" not in document
    assert document.count("<img") == 0


def test_the_page_of_an_invalid_run_is_drawn_too(run, browse):
    _, logged = browse(page(make_run(run.aggregate, facts_of_generation={"errors": 1})), "--dump-dom")

    assert not logged

import pytest

from pytest_serverless.cli import main
from pytest_serverless.load.probes import FILES, probe_file


@pytest.mark.parametrize("language", FILES)
def test_the_probe_is_put_beside_the_handler(language, tmp_path, capsys):
    (tmp_path / FILES[language]).write_text("an old one")

    assert main(["load", "probe", language, str(tmp_path)]) == 0
    written = tmp_path / FILES[language]
    assert capsys.readouterr().out == f"{written}\n"
    assert written.read_bytes() == probe_file(language).read_bytes()


def test_a_folder_that_is_not_there_is_told(tmp_path, capsys):
    assert main(["load", "probe", "python", str(tmp_path / "none")]) == 2
    assert "cannot be written: No such file" in capsys.readouterr().err

"""Archives are unpacked into their folder, and nowhere else."""

import stat
import zipfile

import pytest

from pytest_serverless.errors import PlatformError
from pytest_serverless.local.sandboxes import archives
from pytest_serverless.local.sandboxes.archives import unpack


def entry(name, mode=0o644, kind=stat.S_IFREG):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | mode) << 16
    return info


def packed(folder, *entries):
    place = folder / "code.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return place


def link(name, target):
    return entry(name, 0o777, stat.S_IFLNK), target


def test_files_and_folders_come_out_as_they_went_in(tmp_path):
    into = tmp_path / "into"

    unpack(
        packed(
            tmp_path,
            (entry("app.py"), "text"),
            (entry("bin/tool", 0o755), "#!/bin/sh\n"),
            (entry("empty/", 0o755, stat.S_IFDIR), ""),
            link("lib/app.py", "../app.py"),
        ),
        into,
    )

    assert (into / "app.py").read_text() == "text"
    assert (into / "bin" / "tool").stat().st_mode & stat.S_IXUSR
    assert not (into / "app.py").stat().st_mode & stat.S_IXUSR
    assert (into / "empty").is_dir()
    assert (into / "lib" / "app.py").read_text() == "text"


@pytest.mark.parametrize(
    "name", ["../out.py", "/etc/out.py", "a/../../out.py", "a/../b.py", "C:/out.py", "..\\out.py", "a\\..\\out.py"]
)
def test_a_name_that_reaches_out_is_refused(tmp_path, name):
    with pytest.raises(PlatformError, match="outside the function's folder"):
        unpack(packed(tmp_path, (entry("app.py"), ""), (entry(name), "")), tmp_path / "into")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["code.zip"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc", "..", "sub/../../out"])
def test_a_link_that_points_out_is_refused(tmp_path, target):
    with pytest.raises(PlatformError, match="outside the function's folder"):
        unpack(packed(tmp_path, (entry("app.py"), ""), link("away", target)), tmp_path / "into")

    assert not (tmp_path / "into").exists()


@pytest.mark.parametrize("turned", [False, True])
def test_nothing_is_written_through_a_link(tmp_path, turned):
    (tmp_path / "target").mkdir()
    entries = [link("away", str(tmp_path / "target")), (entry("away/out.py"), "out")]

    with pytest.raises(PlatformError):
        unpack(packed(tmp_path, *(entries[::-1] if turned else entries)), tmp_path / "into")

    assert list((tmp_path / "target").iterdir()) == []


def test_links_that_lead_out_together_are_refused(tmp_path):
    entries = [link("a", "."), link("a/b", ".."), link("c", "a/b/..")]

    with pytest.raises((PlatformError, FileExistsError)):
        unpack(packed(tmp_path, *entries), tmp_path / "into")

    assert not (tmp_path / "into").exists()


def test_what_is_too_large_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 1000)

    with pytest.raises(PlatformError, match="1,001 bytes"):
        unpack(packed(tmp_path, (entry("app.py"), "x" * 1001)), tmp_path / "into")

    assert not (tmp_path / "into").exists()


def test_what_is_no_archive_is_said_to_be_none(tmp_path):
    (tmp_path / "code.zip").write_text("no archive")

    with pytest.raises(PlatformError, match="cannot be unpacked"):
        unpack(tmp_path / "code.zip", tmp_path / "into")


def test_an_entry_for_the_folder_itself_is_taken(tmp_path):
    unpack(packed(tmp_path, (entry("./", 0o755, stat.S_IFDIR), ""), (entry("./app.py"), "text")), tmp_path / "into")

    assert (tmp_path / "into" / "app.py").read_text() == "text"


def test_damaged_content_is_said_to_be_so(tmp_path):
    place = tmp_path / "code.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", "text " * 100)
    content = bytearray(place.read_bytes())
    content[40:44] = b"\xff" * 4
    place.write_bytes(content)

    with pytest.raises(PlatformError, match="cannot be unpacked"):
        unpack(place, tmp_path / "into")

    assert not (tmp_path / "into").exists()

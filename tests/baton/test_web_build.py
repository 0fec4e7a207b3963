"""The web pages are built when their sources changed, and only then: with the real build."""

import shutil
from pathlib import Path

import pytest

from baton import web_build
from baton.errors import PrepareError


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the sources that may be changed, with the packages of the checkout."""
    web_build.ensure_built(print)
    copy = tmp_path / "my web"
    shutil.copytree(web_build.WEB, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    shutil.copytree(web_build.MODULES, copy / "node_modules", symlinks=True)
    for name, path in (("WEB", copy), ("MODULES", copy / "node_modules"), ("BUILT", copy / "dist")):
        monkeypatch.setattr(web_build, name, path)
    return copy


def test_it_builds_once_and_again_after_a_change(web: Path) -> None:
    said: list[str] = []
    web_build.ensure_built(said.append)
    assert said == ["building the web pages"]
    assert (web / "dist" / "widget.js").stat().st_size > 1000
    assert web_build.is_current()

    web_build.ensure_built(said.append)
    assert len(said) == 1

    (web / "src" / "extra.ts").write_text("export const extra = 1;\n")
    assert not web_build.is_current()
    web_build.ensure_built(said.append)
    assert said[1:] == ["building the web pages"]

    shutil.rmtree(web / "dist")
    assert not web_build.is_current()


def test_a_failing_build_names_the_file_and_is_tried_again(web: Path) -> None:
    main = web / "src" / "widget" / "main.ts"
    good = main.read_text()
    main.write_text("this is (not TypeScript")
    with pytest.raises(PrepareError, match=r"(?s)'npm run build' failed.*src/widget/main\.ts"):
        web_build.ensure_built(print)
    assert not web_build.is_current()
    main.write_text(good)
    web_build.ensure_built(print)
    assert web_build.is_current()

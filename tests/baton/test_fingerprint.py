"""The fingerprint changes with every name and every byte, and with nothing else."""

from pathlib import Path

from baton.fingerprint import fingerprint


def test_contents_names_and_places_count(tmp_path: Path) -> None:
    (tmp_path / "data" / "faq").mkdir(parents=True)
    (tmp_path / "data" / "faq" / "a.yml").write_text("one")
    seen = {fingerprint(tmp_path, ["data"])}
    (tmp_path / "data" / "faq" / "a.yml").write_text("two")
    seen.add(fingerprint(tmp_path, ["data"]))
    (tmp_path / "data" / "faq" / "a.yml").rename(tmp_path / "data" / "faq" / "b.yml")
    seen.add(fingerprint(tmp_path, ["data"]))
    (tmp_path / "data" / "faq" / "b.yml").rename(tmp_path / "data" / "b.yml")
    seen.add(fingerprint(tmp_path, ["data"]))
    (tmp_path / "data" / "b.yml").unlink()
    seen.add(fingerprint(tmp_path, ["data"]))
    assert len(seen) == 5


def test_times_caches_and_order_do_not(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "a.py").write_text("pass")
    (tmp_path / "b").write_text("x")
    before = fingerprint(tmp_path, ["bot", "b"])
    (tmp_path / "bot" / "a.py").touch()
    (tmp_path / "bot" / "__pycache__").mkdir()
    (tmp_path / "bot" / "__pycache__" / "a.pyc").write_text("compiled")
    assert fingerprint(tmp_path, ["b", "bot"]) == before

"""Logs: bounded, whole lines, readable by their owner only."""

from pathlib import Path

from baton.runner.log_file import LogFile


def test_files_change_between_lines_and_the_oldest_go(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "bot.log"
    with LogFile.open(path, largest=100, kept=2) as log:
        for number in range(30):
            log.write(f"line {number:02d} of thirty\n".encode())
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["bot.log", "bot.log.1", "bot.log.2"]
    text = "".join((path.parent / name).read_text() for name in ("bot.log.2", "bot.log.1", "bot.log"))
    assert text.endswith("line 29 of thirty\n")
    assert all(len(line) == 17 for line in text.splitlines())
    assert all((path.parent / name).stat().st_size <= 100 for name in names)
    assert all((path.parent / name).stat().st_mode & 0o777 == 0o600 for name in names)


def test_a_line_that_comes_in_pieces_stays_one_line(tmp_path: Path) -> None:
    with LogFile.open(tmp_path / "bot.log") as log:
        for piece in (b"he", b"llo\nwor", b"ld"):
            log.write(piece)
        assert log.last_lines() == ["hello", "world"]
    assert (tmp_path / "bot.log").read_bytes() == b"hello\nworld\n"


def test_output_without_line_ends_is_not_hoarded(tmp_path: Path) -> None:
    with LogFile.open(tmp_path / "bot.log") as log:
        log.write(b"x" * 2_000_000)
        assert (tmp_path / "bot.log").stat().st_size == 2_000_000


def test_bytes_that_are_no_text_are_kept_as_they_are(tmp_path: Path) -> None:
    with LogFile.open(tmp_path / "bot.log") as log:
        log.write(b"\xff\xfe\x00\n")
        assert log.last_lines() == ["\ufffd\ufffd\x00"]
    assert (tmp_path / "bot.log").read_bytes() == b"\xff\xfe\x00\n"


def test_a_restart_goes_on_with_the_same_file(tmp_path: Path) -> None:
    for word in (b"one\n", b"two\n"):
        with LogFile.open(tmp_path / "bot.log") as log:
            log.write(word)
    assert (tmp_path / "bot.log").read_bytes() == b"one\ntwo\n"

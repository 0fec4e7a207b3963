"""The socket lies where only we can reach it and its path is short enough."""

import socket
from pathlib import Path

from baton.embedded_redis.place import LONGEST, choose_address
from baton.embedded_redis.wire import RedisAddress


def private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True)
    return folder


def too_deep(tmp_path: Path) -> Path:
    return private(tmp_path / ("x" * 60) / ("y" * 60))


def test_the_data_folder_is_the_first_choice(tmp_path: Path) -> None:
    folder = private(tmp_path / "data folder")
    assert choose_address(folder, []) == RedisAddress(path=str(folder / "redis.sock"))
    assert list(folder.iterdir()) == []  # the trial left nothing


def test_a_deep_folder_gets_a_short_private_one(tmp_path: Path) -> None:
    short = private(tmp_path / "run")
    address = choose_address(too_deep(tmp_path), [short])
    assert address.path is not None
    assert Path(address.path).parent.parent == short
    assert len(address.path) <= LONGEST
    assert Path(address.path).parent.stat().st_mode & 0o777 == 0o700


def test_two_data_folders_get_two_short_folders(tmp_path: Path) -> None:
    short = private(tmp_path / "run")
    one, other = too_deep(tmp_path / "a"), too_deep(tmp_path / "b")
    assert choose_address(one, [short]) != choose_address(other, [short])
    assert choose_address(one, [short]) == choose_address(one, [short])


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    deep, first, second = too_deep(tmp_path), private(tmp_path / "1"), private(tmp_path / "2")
    spoiled = choose_address(deep, [first]).path
    assert spoiled is not None
    Path(spoiled).parent.chmod(0o777)
    chosen = choose_address(deep, [first, second]).path
    assert chosen is not None
    assert Path(chosen).parent.parent == second


def test_without_sockets_it_is_loopback_with_a_random_password(tmp_path: Path) -> None:
    one, other = (choose_address(too_deep(tmp_path / name), []) for name in "ab")
    assert (one.host, one.path) == ("127.0.0.1", None)
    assert one.password is not None
    assert len(one.password) >= 32
    assert one.password != other.password
    with socket.socket() as listener:  # the port is free
        listener.bind((one.host, one.port))

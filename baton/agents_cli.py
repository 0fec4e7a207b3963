"""`baton agents`: who may log in to the console. Works while Baton runs and while it does not."""

import sys
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from baton.errors import BatonError

agents = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Add, list and remove the people who answer customers. Works whether or not Baton is running.",
)

Answer = TypeVar("Answer")

Email = Annotated[str, typer.Argument(help="The address they log in with, for example priya@example.com.")]
AskPassword = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input. Without it a random one is made."),
]


@agents.command("add")
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", "-n", help="Shown to customers: 'Priya joined'.")],
    admin: Annotated[bool, typer.Option("--admin", help="May also manage agents and content.")] = False,
    password_stdin: AskPassword = False,
) -> None:
    """Let a person log in. Prints their password once."""
    from handoff_api.agents import admin as storage
    from handoff_api.storage.agents import Role

    role = Role.ADMIN if admin else Role.AGENT
    given = _read_password(password_stdin)
    password = _on_storage(lambda url: storage.add_agent(url, name, email, role=role, password=given))
    print(f"{name} can log in as {email}" + ("." if given else f" with the password {password} (shown this once)."))


@agents.command("list")
def list_all() -> None:
    """Show everybody who may log in."""
    from handoff_api.agents import admin as storage

    found = _on_storage(storage.list_agents)
    if not found:
        print("Nobody may log in yet; add a person with: script/baton agents add EMAIL --name NAME")
    width = max((len(agent.email) for agent in found), default=0)
    for agent in found:
        print(f"{agent.email:<{width}}  {agent.role.value:<5}  {agent.name}")


@agents.command("remove")
def remove(email: Email) -> None:
    """Let a person in no more; their logins and tokens stop working at once."""
    from handoff_api.agents import admin as storage

    _on_storage(lambda url: storage.remove_agent(url, email))
    print(f"{email} can no longer log in.")


@agents.command("password")
def password(email: Email, password_stdin: AskPassword = False) -> None:
    """Give a person a new password, printed once; logins made with the old one end at once."""
    from handoff_api.agents import admin as storage

    given = _read_password(password_stdin)
    new = _on_storage(lambda url: storage.set_password(url, email, given))
    print(f"{email} has a new password" + ("." if given else f": {new} (shown this once)."))


@agents.command("token")
def token(email: Email) -> None:
    """Print an API token for programs that act as this agent; it works until the agent is removed."""
    from handoff_api.agents import admin as storage

    print(_on_storage(lambda url: storage.issue_token(url, email)))


def _read_password(from_stdin: bool) -> str | None:
    if not from_stdin:
        return None
    return sys.stdin.readline().rstrip("\n")


def _on_storage(work: Callable[[str], Answer]) -> Answer:
    """Do one thing with the storage; its refusals become sentences."""
    from baton.embedded_redis.running import reachable_redis
    from baton.settings import Settings
    from handoff_api.storage.connect import StorageError

    with reachable_redis(Settings.load()) as url:
        try:
            return work(url)
        except (ValueError, LookupError) as refusal:  # bad address, weak password, exists already, unknown
            raise BatonError(f"{refusal}.") from None
        except (StorageError, OSError) as fault:
            raise BatonError(f"The storage does not answer ({fault}); is BATON_REDIS_URL right?") from None

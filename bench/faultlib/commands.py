"""The command line of `bench/faults`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from bench.faultlib.claims import contention
from bench.faultlib.outage import outage
from bench.faultlib.processes import WorldError
from bench.faultlib.report import Report, keep, today
from bench.faultlib.run import Options, fault_run


def main() -> int:
    """Exit code 1 where any fault was found, 2 where a process did not start."""
    default = Options()
    parser = argparse.ArgumentParser(prog="bench/faults", description=__doc__)
    parser.add_argument("--messages", type=int, default=default.messages, help="messages customers write")
    parser.add_argument("--kills", type=int, default=default.kills, help="SIGKILLs, over every process in turn")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--customers", type=int, default=default.customers)
    parser.add_argument("--agents", type=int, default=default.agents)
    parser.add_argument("--seconds", type=float, default=default.seconds, help="how long things go wrong")
    parser.add_argument(
        "--gone", type=float, default=default.gone_s, help="an agent silent for so many seconds has left"
    )
    parser.add_argument("--ping", type=float, default=default.ping_s, help="seconds between pings of a console")
    parser.add_argument("--json", metavar="FILE", help="write everything there, and nothing into bench/results")
    parser.add_argument(
        "--claims", type=int, metavar="ROUNDS", help="instead: 2 to 50 agents claim at the same instant"
    )
    parser.add_argument("--outage", action="store_true", help="instead: the bot dead for 60 s and slow by 6 s")
    wanted = parser.parse_args()
    options = Options(
        wanted.messages,
        wanted.kills,
        wanted.seed,
        wanted.customers,
        wanted.agents,
        wanted.seconds,
        wanted.gone,
        wanted.ping,
    )
    try:
        if wanted.claims:
            return _finish_part(
                *asyncio.run(contention(wanted.claims, wanted.seed)), wanted.json, "claims", wanted.seed
            )
        if wanted.outage:
            return _finish_part(*asyncio.run(outage(wanted.seed)), wanted.json, "outage", wanted.seed)
        return _finish(asyncio.run(fault_run(options)), wanted.json, f"faults-{today()}-seed{options.seed}")
    except WorldError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _finish_part(table: str, raw: dict[str, Any], good: bool, file: str | None, part: str, seed: int) -> int:
    print(table)
    _write(f"faults-{part}-{today()}-seed{seed}", table, raw, file)
    return 0 if good else 1


def _write(name: str, table: str, raw: dict[str, Any], file: str | None) -> None:
    if file:
        with open(file, "w", encoding="utf-8") as out:
            json.dump(raw, out, indent=1, ensure_ascii=False)
    else:
        print(f"kept as {keep(name, table, raw)}")


def _finish(report: Report, file: str | None, name: str) -> int:
    raw = report.as_json()
    print(report.as_table())
    for fault, details in raw["fault_details"].items():
        for detail in details[:8]:
            print(f"{fault}: {detail}")
    _write(name, report.as_table(), raw, file)
    return 0 if report.findings.clean else 1

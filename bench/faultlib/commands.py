"""The command line of `bench/faults`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

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
        return _finish(asyncio.run(fault_run(options)), wanted.json, f"faults-{today()}-seed{options.seed}")
    except WorldError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _finish(report: Report, file: str | None, name: str) -> int:
    raw = report.as_json()
    print(report.as_table())
    for fault, details in raw["fault_details"].items():
        for detail in details[:8]:
            print(f"{fault}: {detail}")
    if file:
        with open(file, "w", encoding="utf-8") as out:
            json.dump(raw, out, indent=1, ensure_ascii=False)
    else:
        print(f"kept as {keep(name, report.as_table(), raw)}")
    return 0 if report.findings.clean else 1

"""bench/load: many customers at once. Throughput, latency at half of it, idle sockets, many handoffs."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import resource
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from bench.lib.customer import Console, Customer, log_of, written_at
from bench.lib.figures import cpu_ms_each, cpu_seconds, quantile, resident_kb, spread
from bench.lib.questions import Questions, answered_questions
from bench.lib.report import Report
from bench.lib.stack import BenchError, Stack, running_stack
from bench.lib.stock_rasa import SAYINGS, StockRasa, make_stock_project, running_stock_rasa
from bench.lib.turn_bench import WANT_PERSON
from kb_index.encoder import load_encoder

_CONVERSATION = 10  # messages; then a customer leaves and another comes


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    entries: int
    wordings: int
    seconds: float
    steady_seconds: float
    idle_sockets: int
    handoff_seconds: float
    handoffs_per_second: int = 20
    customers: tuple[int, ...] = (1, 8, 64)


FULL = Plan(100, 4, 15.0, 30.0, 5000, 20.0)
QUICK = Plan(20, 2, 4.0, 6.0, 500, 3.0)


@dataclass(frozen=True)
class Throughput:
    """What a number of customers at once got; ``answered`` counts the warming up, too."""

    per_second: float
    times_ms: list[float]
    answered: int


class LoadBench:
    """One run, against running processes."""

    def __init__(self, stack: Stack, stock: StockRasa, http: aiohttp.ClientSession, plan: Plan, report: Report) -> None:
        self._stack, self._stock, self._http, self._plan, self._report = stack, stock, http, plan, report
        self._token = ""
        self._seeds = itertools.count()

    async def run(self) -> None:
        """Everything, one after another."""
        self._token = await asyncio.to_thread(self._stack.agent_token)
        await self._idle_sockets()  # first, while the switchboard's memory is fresh
        print("choosing questions that the assistant answers ...", flush=True)
        questions = await answered_questions(self._stack.url, self._http, self._plan.entries, self._plan.wordings)
        best = await self._throughput(questions)
        await self._half_load(questions, best / 2)
        await self._handoffs()

    # --- idle sockets ------------------------------------------------------------------------------------------------
    async def _idle_sockets(self) -> None:
        count, pid = self._plan.idle_sockets, self._stack.pids["handoff_api"]
        warm = [await Customer.arrive(self._stack.url, self._http) for _ in range(20)]
        before, redis_before = resident_kb(pid), resident_kb(self._stack.pids["redis"])
        at_once = asyncio.Semaphore(16)

        async def arrive() -> Customer:
            async with at_once:
                return await Customer.arrive(self._stack.url, self._http)

        print(f"opening {count} widgets ...", flush=True)
        idle = await asyncio.gather(*(arrive() for _ in range(count)))
        await asyncio.sleep(3)
        each = (resident_kb(pid) - before) / count
        in_redis = (resident_kb(self._stack.pids["redis"]) - redis_before) / count
        used = cpu_seconds({"api": pid})["api"]
        began = time.monotonic()
        await asyncio.sleep(5 if count < 1000 else 15)
        busy = (cpu_seconds({"api": pid})["api"] - used) / (time.monotonic() - began) * 100
        among = [(await customer.ask("hello")).ms for customer in warm]
        figures = {
            "sockets": count, "kb_per_socket": round(each, 1), "redis_kb_per_conversation": round(in_redis, 1),
            "idle_cpu_percent": round(busy, 1), "reply_among_them_median_ms": round(quantile(among, 0.5), 1),
        }  # fmt: skip
        self._report.figures["idle_sockets"] = figures
        rows = [(key.replace("_", " "), value) for key, value in figures.items()]
        self._report.section("Idle widget sockets on one API process", ["", ""], rows)
        self._report.target("memory per idle socket", "<= 40 kB", f"{each:.1f} kB", met=each <= 40)
        for start in range(0, count, 200):
            await asyncio.gather(*(customer.leave() for customer in idle[start : start + 200]))
        await asyncio.gather(*(customer.leave() for customer in warm))

    # --- as fast as they go ------------------------------------------------------------------------------------------
    async def _throughput(self, questions: Questions) -> float:
        rows: list[Sequence[object]] = []
        cpus: list[Sequence[object]] = []
        figures, best = {}, 0.0
        for customers in self._plan.customers:
            before = cpu_seconds(self._stack.pids)
            got = await _closed_loop(customers, partial(self._conversation, questions), self._plan.seconds)
            cpu = cpu_ms_each(before, cpu_seconds(self._stack.pids), got.answered)
            theirs = await _closed_loop(customers, self._stock_conversation, self._plan.seconds)
            best = max(best, got.per_second)
            cpus.append((customers, *cpu.values()))
            figures[customers] = {
                "baton_per_second": round(got.per_second, 1), "baton_ms": spread(got.times_ms),
                "stock_rasa_per_second": round(theirs.per_second, 1), "stock_rasa_ms": spread(theirs.times_ms),
                "cpu_ms_per_message": cpu,
            }  # fmt: skip
            for name, result in (("Baton", got), ("stock Rasa", theirs)):
                found = spread(result.times_ms)
                rows.append((customers, name, round(result.per_second, 1), found["median"], found["p95"], found["p99"]))
        encoder = await asyncio.to_thread(self._bare_encoder, questions)
        rows.append((1, "the bare encoder", round(encoder, 1), round(1000 / encoder, 2), "", ""))
        head = ["customers", "", "answered/s", "median ms", "p95 ms", "p99 ms"]
        note = (
            f"sent -> reply; every {_CONVERSATION} messages a new customer comes, which is part of the load. "
            f"Stock Rasa had no words for {self._stock.silent} of its messages; they count as answered."
        )
        self._report.section("Answered messages per second", head, rows, note)
        self._report.section("Processor ms per message", ["customers", *cpu], cpus)
        self._report.figures["throughput"] = {**figures, "bare_encoder_per_second": round(encoder, 1)}
        self._report.target("answered messages per second", ">= 100", f"{best:.1f}", met=best >= 100)
        return best

    async def _conversation(self, questions: Questions, note: Callable[[float], None]) -> None:
        customer = await Customer.arrive(self._stack.url, self._http)
        try:
            for text in questions.some(_CONVERSATION, seed=next(self._seeds)):
                answer = await customer.ask(text)
                note(answer.whole_ms)
                if answer.handed_off:
                    break
        finally:
            await customer.leave()

    async def _stock_conversation(self, note: Callable[[float], None]) -> None:
        sender, start = str(uuid.uuid4()), next(self._seeds)
        for i in range(_CONVERSATION):
            note(await self._stock.ask(self._http, sender, SAYINGS[(start + i) % len(SAYINGS)]))

    def _bare_encoder(self, questions: Questions) -> float:
        encoder = load_encoder(cache=self._stack.folder / "encoder")
        texts = [text for round_ in questions.rounds for text in round_]
        for text in texts[:10]:
            encoder.encode([text])
        began = time.perf_counter()
        for count, text in enumerate(itertools.cycle(texts), start=1):
            encoder.encode([text])
            if (lasted := time.perf_counter() - began) > 3:
                return count / lasted
        raise AssertionError("the questions never end")

    # --- at half of that ---------------------------------------------------------------------------------------------
    async def _half_load(self, questions: Questions, rate: float) -> None:
        """Messages fall due at random times, whether or not the earlier ones are answered; waiting counts."""
        free: asyncio.Queue[tuple[Customer, list[str]]] = asyncio.Queue()

        async def come() -> None:
            customer = await Customer.arrive(self._stack.url, self._http)
            free.put_nowait((customer, questions.some(_CONVERSATION, seed=next(self._seeds))))

        for _ in range(64):
            await come()
        times: list[float] = []

        async def write(due: float) -> None:
            customer, texts = await free.get()
            answer = await customer.ask(texts.pop())
            times.append((answer.answered - due) * 1000)
            if texts and not answer.handed_off:
                free.put_nowait((customer, texts))
            else:
                await customer.leave()
                await come()

        before = cpu_seconds(self._stack.pids)
        await _at_random_times(rate, self._plan.steady_seconds, write)
        used = cpu_ms_each(before, cpu_seconds(self._stack.pids), len(times))
        while not free.empty():
            await free.get_nowait()[0].leave()
        found = spread(times)
        self._report.figures["half_load"] = {"per_second": round(rate, 1), "ms": found, "cpu_ms_per_message": used}
        self._report.section(
            f"At half the load: {rate:.1f} messages/s for {self._plan.steady_seconds:.0f} s (ms)",
            ["messages", "median", "p95", "p99", "max"],
            [tuple(found.values())],
            "From the moment a message was due to the bot's reply on the socket.",
        )
        self._report.target("p99 at half load", "< 150 ms", f"{found['p99']} ms", met=found["p99"] < 150)

    # --- many handoffs -----------------------------------------------------------------------------------------------
    async def _handoffs(self) -> None:
        rate, seconds = self._plan.handoffs_per_second, self._plan.handoff_seconds
        console = await Console.open(self._stack.url, self._token)
        waiting = [await Customer.arrive(self._stack.url, self._http) for _ in range(int(rate * seconds))]
        asked: list[tuple[Customer, float]] = []

        async def demand(customer: Customer, due: float) -> None:
            answer = await customer.ask(WANT_PERSON)
            if not answer.handed_off:
                raise RuntimeError(f"the assistant did not hand off {WANT_PERSON!r}; is the model current?")
            asked.append((customer, due))

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, customer in enumerate(waiting):
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(demand(customer, due))
        decided_ms, asked_ms = [], []
        for customer, due in asked:
            shown, wall = await console.wait_for(customer.conversation_id)
            events = await log_of(self._stack.url, self._http, self._token, customer.conversation_id)
            handoff = next(event for event in events if event["kind"] == "handoff.requested")
            decided_ms.append((wall - written_at(handoff)) * 1000)
            asked_ms.append((shown - due) * 1000)
            await customer.leave()
        await console.close()
        figures = {"decided_to_console_ms": spread(decided_ms), "asked_to_console_ms": spread(asked_ms)}
        self._report.figures["handoffs"] = figures
        rows = [(name.replace("_", " ").removesuffix(" ms"), *figure.values()) for name, figure in figures.items()]
        head = ["", "n", "median", "p95", "p99", "max"]
        self._report.section(f"{rate} handoffs a second for {seconds:.0f} s, one console (ms)", head, rows)
        worst = figures["decided_to_console_ms"]["max"]
        self._report.target(f"handoff -> console at {rate}/s, largest", "<= 200 ms", f"{worst} ms", met=worst <= 200)


async def _closed_loop(
    customers: int, conversation: Callable[[Callable[[float], None]], Awaitable[None]], seconds: float
) -> Throughput:
    """Each customer writes as soon as answered. What is answered in the first seconds does not count."""
    done: list[float] = []
    over = False

    async def keep_coming() -> None:
        # Not for ever: once a run never ended, with customers still writing after they had been cancelled.
        while not over:
            await conversation(done.append)

    tasks = [asyncio.create_task(keep_coming()) for _ in range(customers)]
    await asyncio.sleep(min(2.0, seconds / 2))
    first, began = len(done), time.perf_counter()
    ended, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    counted, lasted = done[first:], time.perf_counter() - began
    over = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()  # only a failure ends one early
    return Throughput(len(counted) / lasted, counted, len(done))


async def _at_random_times(rate: float, seconds: float, write: Callable[[float], Coroutine[Any, Any, None]]) -> None:
    chance = random.Random(11)
    began = due = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        while due - began < seconds:
            due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(write(due))


async def _run(plan: Plan, report: Report) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = plan.idle_sockets + 1000
    if most != resource.RLIM_INFINITY and most < wanted:
        raise BenchError(f"{wanted} open files are needed and this machine allows {most} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    make_stock_project()
    with running_stack() as stack, running_stock_rasa() as stock:
        connector = aiohttp.TCPConnector(limit=256)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as http:
            await LoadBench(stack, stock, http, plan, report).run()


def main() -> int:
    """0 where every target is met, 1 where one is missed, 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="bench/load", description="Many customers and sockets at once.")
    parser.add_argument("--quick", action="store_true", help="a short run while developing; targets mean little")
    arguments: Any = parser.parse_args()
    report = Report("load", arguments.quick)
    try:
        asyncio.run(_run(QUICK if arguments.quick else FULL, report))
    except BenchError as error:
        sys.stderr.write(f"bench/load: {error}\n")
        return 2
    return 0 if report.write() else 1

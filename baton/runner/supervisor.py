"""All processes together: Redis first, the rest at once, and back down in the opposite order."""

import asyncio
import json
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from baton.errors import StartError
from baton.runner.log_file import LogFile
from baton.runner.process import KeptProcess, Patience
from baton.runner.progress import Progress
from baton.runner.service import Service

STOP_PATIENCE_S = 6.0
REMIND_EVERY_S = 10.0


class Supervisor:
    """Starts services in stages and keeps them until a signal or a failed start."""

    def __init__(
        self,
        data_dir: Path,
        environment: Mapping[str, str],
        progress: Progress,
        start_timeout_s: float,
        patience: Patience | None = None,
    ) -> None:
        self._data_dir = data_dir
        self._environment = environment
        self._progress = progress
        self._start_timeout_s = start_timeout_s
        self._patience = patience or Patience(hung_s=60.0, loading_s=3 * start_timeout_s)
        self._stages: list[list[KeptProcess]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._beside: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()

    def stop_on_signals(self) -> None:
        """End cleanly on Ctrl-C, on SIGTERM and when the terminal is closed; a second time at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)

    async def start(self, services: Sequence[Service]) -> bool:
        """Start these at once and wait until each can serve; False if a signal came first."""
        stage = [self._keep(service) for service in services]
        self._stages.append(stage)
        self._tasks += [asyncio.create_task(process.run()) for process in stage]
        try:
            async with asyncio.timeout(self._start_timeout_s):
                return await self._first_of(asyncio.create_task(self._until_all_ready(stage)))
        except TimeoutError:
            late = ", ".join(process.service.name for process in stage if not process.ready.is_set())
            logs = self._data_dir / "logs"
            raise StartError(f"{late} could not serve within {self._start_timeout_s:.0f} s; see {logs}.") from None

    def watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the processes, until the end."""
        self._beside.append(asyncio.create_task(work))

    async def wait(self) -> None:
        """Wait for a signal to stop."""
        await self._first_of(asyncio.get_running_loop().create_future())

    async def stop(self) -> None:
        """Stop the stages, last started first."""
        for stage in reversed(self._stages):
            await asyncio.gather(*(process.stop(STOP_PATIENCE_S) for process in stage))
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._beside, return_exceptions=True)
        for process in (process for stage in self._stages for process in stage):
            process.log.close()
        self._process_list.unlink(missing_ok=True)

    def _keep(self, service: Service) -> KeptProcess:
        log = LogFile.open(self._data_dir / "logs" / f"{service.name}.log")
        return KeptProcess(service, log, self._environment, self._announcer(service.name), self._patience)

    def _announcer(self, name: str) -> Callable[[str], None]:
        def announce(sentence: str) -> None:
            self._progress.warn(sentence)
            self._write_process_list()

        return announce

    async def _until_all_ready(self, stage: Sequence[KeptProcess]) -> None:
        await asyncio.gather(*(self._until_ready(process) for process in stage))

    async def _until_ready(self, process: KeptProcess) -> None:
        name, hint = process.service.name, process.service.hint
        self._progress.say(f"starting {name}{f' ({hint})' if hint else ''}")
        while True:
            try:
                await asyncio.wait_for(process.ready.wait(), REMIND_EVERY_S)
                break
            except TimeoutError:
                self._progress.say(f"still waiting for {name}; its log is {process.log.path}")
        self._progress.say(f"{name} is ready")
        self._write_process_list()

    async def _first_of(self, goal: asyncio.Future[Any]) -> bool:
        """Wait for the goal; False if told to stop, and the fault if a task failed meanwhile."""
        stop = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait({goal, stop, *self._tasks, *self._beside}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {goal, stop}:
                task.result()
            return goal in done and not self._stop.is_set()
        finally:
            stop.cancel()
            goal.cancel()

    def _on_signal(self) -> None:
        if not self._stop.is_set():
            self._stop.set()
            self._progress.say("stopping (once more to stop at once)")
            return
        for process in (process for stage in self._stages for process in stage):
            process.kill()

    @property
    def _process_list(self) -> Path:
        return self._data_dir / "processes.json"

    def _write_process_list(self) -> None:
        """Keep a list of names and process ids, for `baton doctor` and for tests that kill them."""
        pids = {process.service.name: process.pid for stage in self._stages for process in stage}
        draft = self._process_list.with_suffix(".new")
        draft.write_text(json.dumps(pids))
        draft.replace(self._process_list)

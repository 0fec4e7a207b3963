"""One process kept alive: started, watched, started again when it dies or hangs."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from baton.checkout import ROOT
from baton.errors import StartError
from baton.runner.launch import dies_with_us
from baton.runner.log_file import LogFile
from baton.runner.service import Service

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 15.0
STEADY_S = 30.0  # after living this long a crash counts as the first again
PROBE_EVERY_S = 0.15


@dataclass(frozen=True)
class Patience:
    """How long a process that can serve may give no sign of life, and one that loads again; in seconds."""

    hung_s: float
    loading_s: float
    probe_every_s: float = 5.0


class KeptProcess:
    """Runs one service until told to stop."""

    def __init__(
        self,
        service: Service,
        log: LogFile,
        environment: Mapping[str, str],
        announce: Callable[[str], None],
        patience: Patience,
    ) -> None:
        self.service = service
        self.log = log
        self.ready = asyncio.Event()
        self._environment = environment
        self._announce = announce
        self._patience = patience
        self._stop = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._was_ready = False

    @property
    def pid(self) -> int | None:
        """Tell the process id, None between two lives."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def run(self) -> None:
        """Live until `stop`. Dying before having been ready once is a failed start, and not tried again."""
        loop = asyncio.get_running_loop()
        delay = FIRST_DELAY_S
        while not self._stop.is_set():
            born = loop.time()
            code = await self._live()
            if self._stop.is_set():
                return
            why = self.service.explain_exit(self.log.last_lines())
            if not self._was_ready:
                raise StartError(self._failed_start(code, why))
            delay = FIRST_DELAY_S if loop.time() - born > STEADY_S else min(delay * 2, LONGEST_DELAY_S)
            reason = f": {why}" if why else ""
            self._announce(f"{self.service.name} {_ending(code)}{reason}; starting it again in {delay:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), delay)

    async def stop(self, patience_s: float) -> None:
        """End it politely, then by force, with everything it may have started."""
        self._stop.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except TimeoutError:
            self._announce(f"{self.service.name} did not stop within {patience_s:.0f} s and was killed")
        _kill_group(process.pid)

    def kill(self) -> None:
        """End it at once."""
        self._stop.set()
        if self._process is not None:
            _kill_group(self._process.pid)

    async def _live(self) -> int:
        self.log.forget_lines()
        # A pipe of our own: asyncio's would make `wait` wait for the process's children too, who may hold it open.
        output, into_output = os.pipe()
        loop = asyncio.get_running_loop()
        # A session of its own: Ctrl-C reaches the runner alone, which then stops everything in order.
        self._process = await asyncio.create_subprocess_exec(
            *dies_with_us(self.service.command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=into_output,
            stderr=into_output,
            cwd=ROOT,
            env=dict(self._environment),
            pass_fds=self.service.inherited_files,
            start_new_session=True,
        )
        os.close(into_output)
        os.set_blocking(output, False)
        loop.add_reader(output, self._keep_output, output)
        watch = asyncio.create_task(self._watch(self._process.pid))
        if self._stop.is_set():  # told while it was being started
            _kill_group(self._process.pid)
        try:
            return await self._process.wait()
        finally:
            self.ready.clear()
            watch.cancel()
            _kill_group(self._process.pid)
            self._keep_output(output)  # what it said last
            loop.remove_reader(output)
            os.close(output)

    def _keep_output(self, output: int) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(16):  # a bounded share of the loop's time, however much it says
                data = os.read(output, 65536)
                if not data:
                    asyncio.get_running_loop().remove_reader(output)
                    return
                self.log.write(data)

    async def _watch(self, pid: int) -> None:
        """Note when it can serve; end it, so that it is started again, where it gives no sign of life for too long."""
        loop = asyncio.get_running_loop()
        last_sign = loop.time()
        while not await asyncio.to_thread(self.service.is_ready):
            # Loading may be slow; a first start that takes too long is the supervisor's to judge.
            if not self._was_ready or await asyncio.to_thread(self.service.is_alive):
                last_sign = loop.time()
            if loop.time() - last_sign > self._patience.loading_s:
                return self._end_hung(pid, self._patience.loading_s)
            await asyncio.sleep(PROBE_EVERY_S)
        self._note_ready()
        silent_since: float | None = None
        while silent_since is None or loop.time() - silent_since < self._patience.hung_s:
            await asyncio.sleep(self._patience.probe_every_s)
            asked = loop.time()
            # Counted from the first question without an answer: a pause of the runner itself is nobody's silence.
            alive = await asyncio.to_thread(self.service.is_alive)
            silent_since = None if alive else asked if silent_since is None else silent_since
        return self._end_hung(pid, self._patience.hung_s)

    def _end_hung(self, pid: int, silent_s: float) -> None:
        self._announce(f"{self.service.name} has given no sign of life for {silent_s:.0f} s and is ended")
        _kill_group(pid)

    def _note_ready(self) -> None:
        self.ready.set()
        if (sentence := self.service.when_ready(self.log.last_lines())) is not None:
            self._announce(f"{self.service.name}: {sentence}")
        if self._was_ready:
            self._announce(f"{self.service.name} is back")
        self._was_ready = True

    def _failed_start(self, code: int, why: str | None) -> str:
        if why is None:
            lines = [line.strip() for line in self.log.last_lines() if line.strip()]
            why = lines[-1] if lines else "it printed nothing"
        return f"{self.service.name} {_ending(code)} while starting: {why} (its log: {self.log.path})"


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"stopped with exit code {code}"


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)

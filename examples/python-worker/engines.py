"""What speaks. Replace this with your model: an engine is one async generator of audio."""

import array
import asyncio
import math
import shutil
from typing import AsyncIterator, Protocol


class Engine(Protocol):
    model_id: str
    family: str
    languages: list[str]

    def speak(self, text: str, options: dict[str, str]) -> AsyncIterator[tuple[bytes, int]]:
        """Yields s16le mono audio and its sample rate, in pieces of any size, as soon as there is any.

        Closed early when nobody wants the rest. Must not block: run a model in a thread
        (`asyncio.to_thread`) or in a process.
        """


class ToneEngine:
    """A plain tone, 60 ms for each character: needs nothing, for trying things out."""

    model_id = "python-tone"
    family = "tone"
    languages = ["en"]

    def __init__(self, speed: float = 0) -> None:
        # How many times faster than real time; 0: as fast as it is taken.
        self._speed = speed

    async def speak(self, text: str, options: dict[str, str]) -> AsyncIterator[tuple[bytes, int]]:
        rate, milliseconds = 24_000, 20
        count = rate * milliseconds // 1000
        for frame in range(len(text) * 3):
            start = frame * count
            samples = (int(8000 * math.sin(2 * math.pi * 440 * (start + i) / rate)) for i in range(count))
            yield array.array("h", samples).tobytes(), rate
            await asyncio.sleep(milliseconds / 1000 / self._speed if self._speed else 0)


class EspeakEngine:
    """The program espeak-ng, one process for each text."""

    model_id = "python-espeak"
    family = "espeak"
    languages = ["en", "de", "fr", "es"]

    async def speak(self, text: str, options: dict[str, str]) -> AsyncIterator[tuple[bytes, int]]:
        words_per_minute = str(int(175 * float(options.get("speed", "1"))))
        process = await asyncio.create_subprocess_exec(
            *("espeak-ng", "--stdout", "-s", words_per_minute),
            *("-v", options.get("language") or "en", "--stdin"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            # By standard input, as a text may begin with a dash.
            process.stdin.write(text.encode())
            process.stdin.close()
            header = await process.stdout.readexactly(44)
            rate = int.from_bytes(header[24:28], "little")
            rest = b""
            while piece := await process.stdout.read(8192):
                piece = rest + piece
                whole = len(piece) - len(piece) % 2
                rest = piece[whole:]
                if whole:
                    yield piece[:whole], rate
            if await process.wait() != 0:
                raise RuntimeError(f"espeak-ng ended with {process.returncode}")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def make_engine(name: str, tone_speed: float) -> Engine:
    if name == "auto":
        name = "espeak" if shutil.which("espeak-ng") else "tone"
    return EspeakEngine() if name == "espeak" else ToneEngine(tone_speed)

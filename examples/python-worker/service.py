"""The gRPC service: sessions, speech, PAUSE, RESUME and STOP."""

import asyncio
import contextlib
import time

import grpc

from engines import Engine

# Made from tts.proto when it is imported; needs grpcio-tools. To do without, run grpc_tools.protoc once and
# import what it writes.
tts_pb2, tts_pb2_grpc = grpc.protos_and_services("tts.proto")


class Session:
    """All state of one session. Nothing here is shared, so PAUSE never touches another."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options
        self.may_send = asyncio.Event()
        self.may_send.set()
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1
        # A stop ends a pause too: what waits must wake up to end.
        self.may_send.set()


class Service(tts_pb2_grpc.TTSServiceServicer):
    def __init__(self, engine: Engine, max_sessions: int) -> None:
        self._engine = engine
        self._max_sessions = max_sessions
        self._sessions: dict[str, Session] = {}
        self._first_audio_ms: list[float] = []

    def record(self, name: str, addr: str) -> dict:
        """What orchestrators read in the registry."""
        return {
            "name": name,
            "addr": addr,
            "capabilities": {
                "streaming": True,
                "zero_shot": False,
                "languages": self._engine.languages,
                "max_concurrent_sessions": self._max_sessions,
            },
            "resident_models": [self._engine.model_id],
            "metrics": {
                "rtf": 0,
                "queue_depth": len(self._sessions),
                "p50_latency_ms": self._median_first_audio_ms(),
            },
            "last_heartbeat_ts": time.time(),
        }

    async def StartSession(self, request, context):
        if request.model_id not in ("", self._engine.model_id):
            return tts_pb2.StartSessionResponse(message=f"there is no model {request.model_id!r} here")
        is_new = request.session_id not in self._sessions
        if is_new and len(self._sessions) >= self._max_sessions:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"all {self._max_sessions} sessions are taken")
        self._sessions[request.session_id] = Session(dict(request.options))
        return tts_pb2.StartSessionResponse(success=True)

    async def EndSession(self, request, context):
        session = self._sessions.pop(request.session_id, None)
        if session is not None:
            session.stop()
        return tts_pb2.EndSessionResponse(success=True)

    async def Synthesize(self, request_iterator, context):
        sequence = 0
        session_id = ""
        async for chunk in request_iterator:
            session_id = chunk.session_id
            session = self._sessions.get(session_id)
            if session is None:
                await context.abort(grpc.StatusCode.NOT_FOUND, f"there is no session {session_id!r}")
            stops = session.stops
            async with contextlib.aclosing(self._speak(session, chunk.text)) as frames:
                async for frame in frames:
                    await session.may_send.wait()
                    if session.stops != stops:
                        break
                    sequence += 1
                    frame.session_id, frame.sequence_number = session_id, sequence
                    # Waits while the orchestrator takes no more: that is the back-pressure.
                    yield frame
            if chunk.is_final or session.stops != stops:
                break
        yield tts_pb2.AudioFrame(session_id=session_id, sequence_number=sequence + 1, is_final=True)

    async def Control(self, request, context):
        session = self._sessions.get(request.session_id)
        if session is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"there is no session {request.session_id!r}")
        if request.command == tts_pb2.PAUSE:
            session.may_send.clear()
        elif request.command == tts_pb2.RESUME:
            session.may_send.set()
        elif request.command == tts_pb2.STOP:
            session.stop()
        return tts_pb2.ControlResponse(success=True, timestamp_ms=int(time.time() * 1000))

    async def ListModels(self, request, context):
        model = self._engine
        info = tts_pb2.ModelInfo(
            model_id=model.model_id, family=model.family, is_loaded=True, languages=model.languages
        )
        return tts_pb2.ListModelsResponse(models=[info])

    async def LoadModel(self, request, context):
        if request.model_id == self._engine.model_id:
            return tts_pb2.LoadModelResponse(success=True)
        return tts_pb2.LoadModelResponse(message=f"there is no model {request.model_id!r} here")

    async def UnloadModel(self, request, context):
        return tts_pb2.UnloadModelResponse(message="the one model of this worker stays in memory")

    async def GetCapabilities(self, request, context):
        capabilities = tts_pb2.Capabilities(
            streaming=True,
            cpu_ok=True,
            languages=self._engine.languages,
            max_concurrent_sessions=self._max_sessions,
        )
        return tts_pb2.GetCapabilitiesResponse(
            capabilities=capabilities,
            resident_models=[self._engine.model_id],
            metrics={"queue_depth": len(self._sessions), "p50_latency_ms": self._median_first_audio_ms()},
        )

    async def _speak(self, session: Session, text: str):
        started = time.monotonic()
        is_first = True
        # Closed with the call that wants it, so that none that is cancelled leaves the engine at work.
        async with contextlib.aclosing(self._engine.speak(text, session.options)) as audio:
            async for pcm, rate in audio:
                if is_first:
                    is_first = False
                    self._first_audio_ms = [*self._first_audio_ms[-100:], (time.monotonic() - started) * 1000]
                duration_ms = len(pcm) * 500 // rate
                yield tts_pb2.AudioFrame(audio_data=pcm, sample_rate=rate, frame_duration_ms=duration_ms)

    def _median_first_audio_ms(self) -> float:
        known = sorted(self._first_audio_ms)
        return round(known[len(known) // 2], 1) if known else 0

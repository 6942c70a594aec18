"""A text-to-speech worker in plain Python: python worker.py --port 7101 [--redis redis://localhost:6379]"""

import argparse
import asyncio
import contextlib
import json
import signal

import grpc

from engines import make_engine
from service import Service, tts_pb2_grpc

TTL_SECONDS = 30


async def keep_registered(url: str, prefix: str, service: Service, name: str, addr: str) -> None:
    """Writes the record every third of its life, until cancelled; then takes it out."""
    import redis.asyncio

    client = redis.asyncio.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    key = f"{prefix}{name}"
    try:
        while True:
            try:
                await client.set(key, json.dumps(service.record(name, addr)), ex=TTL_SECONDS)
            except (redis.RedisError, OSError) as error:
                # Sessions do not need Redis; the next heartbeat tries again.
                print(f"cannot reach redis: {error}", flush=True)
            await asyncio.sleep(TTL_SECONDS / 3)
    finally:
        with contextlib.suppress(redis.RedisError, OSError):
            await client.delete(key)
        await client.aclose()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="python-worker")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=7101, help="0 takes a free one")
    parser.add_argument("--advertise", help="host:port that orchestrators are told (default: where it listens)")
    parser.add_argument("--engine", choices=["auto", "espeak", "tone"], default="auto")
    parser.add_argument("--max-sessions", type=int, default=8)
    parser.add_argument("--redis", help="registry, such as redis://localhost:6379; none by default")
    parser.add_argument("--key-prefix", default="worker:")
    parser.add_argument("--tone-speed", type=float, default=0, help="tone: times real time; 0 is unlimited")
    parser.add_argument("--drain-seconds", type=float, default=10, help="for running speech at the end")
    args = parser.parse_args()

    service = Service(make_engine(args.engine, args.tone_speed), args.max_sessions)
    server = grpc.aio.server()
    tts_pb2_grpc.add_TTSServiceServicer_to_server(service, server)
    port = server.add_insecure_port(f"{args.host}:{args.port}")
    await server.start()

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    addr = f"grpc://{args.advertise or f'{args.host}:{port}'}"
    print(f"ready at {addr}", flush=True)

    registering = None
    if args.redis:
        registering = asyncio.create_task(
            keep_registered(args.redis, args.key_prefix, service, args.name, addr)
        )
    await ended.wait()
    if registering:
        registering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await registering
    await server.stop(args.drain_seconds)


if __name__ == "__main__":
    asyncio.run(main())

import { z } from 'zod';
import { flag, integer, text } from './schema-parts.ts';
import type { LiveKitConfig, TransportConfig, WebSocketConfig } from './transport-config.ts';

const ports = integer(8080, 1024, 65_535, 'TCP port of WebSocket and HTTP.');
const portsOrEphemeral = z.union([z.literal(0), ports]).default(8080);

function webSocketSchema(ephemeralPort: boolean): z.ZodPrefault<z.ZodType<WebSocketConfig>> {
  return z
    .strictObject({
      enabled: flag(true, 'Whether clients may connect over WebSocket.'),
      host: text('Address to bind.').default('0.0.0.0'),
      port: ephemeralPort ? portsOrEphemeral : ports,
      max_connections: integer(100, 1, 1_000_000, 'Connections served at once; more get HTTP 503.'),
      frame_queue_size: integer(
        50,
        10,
        30_000,
        'Audio frames (20 ms each) a session may hold before the worker is held back.',
      ),
      max_message_bytes: integer(
        262_144,
        1024,
        16_777_216,
        'Largest message a client may send; a larger one closes 1009.',
      ),
      max_messages_per_second: integer(
        200,
        0,
        1_000_000,
        'Messages a second a client may send; 0 means unlimited.',
      ),
      ping_interval_seconds: integer(
        20,
        0,
        3600,
        'Seconds between pings; two missed ones end the connection; 0 means no pings.',
      ),
      slow_consumer_timeout_ms: integer(
        5000,
        100,
        600_000,
        'How long a full socket may make no progress before it is closed with 1013.',
      ),
      playout_lead_ms: integer(60, 0, 2000, 'How far ahead of real time audio is sent.'),
      v1_playout_lead_ms: integer(200, 0, 2000, 'The same for clients of parley.v1.'),
      handshake_timeout_ms: integer(
        10_000,
        100,
        120_000,
        'How long a client may take over its upgrade request.',
      ),
    })
    .prefault({})
    .describe('WebSocket clients; HTTP shares the listener.');
}

const liveKit: z.ZodPrefault<z.ZodType<LiveKitConfig>> = z
  .strictObject({
    enabled: flag(false, 'Whether LiveKit rooms are served; needs url, api_key and api_secret.'),
    url: z
      .string()
      .regex(/^(wss?|https?):\/\/\S+$/)
      .meta({ description: 'LiveKit server.', examples: ['wss://livekit.example.com'] })
      .exactOptional(),
    api_key: text('LiveKit API key.').exactOptional(),
    api_secret: text('LiveKit API secret.').exactOptional(),
    room_prefix: text('Start of the names of the rooms served.').default('tts-session'),
  })
  .prefault({})
  .describe('Clients in LiveKit rooms.');

/**
 * Schema of the `transport` section.
 *
 * @param ephemeralPort whether port 0 ("any free port") is allowed besides 1024-65535
 */
export function transportSchema(ephemeralPort: boolean): z.ZodType<TransportConfig> {
  return z
    .strictObject({ websocket: webSocketSchema(ephemeralPort), livekit: liveKit })
    .prefault({})
    .describe('How clients reach the orchestrator.');
}

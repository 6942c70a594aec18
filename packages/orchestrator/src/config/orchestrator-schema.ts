import { z } from 'zod';
import type { OrchestratorConfig, SecurityConfig } from './config.ts';
import { asrSchema, vadSchema } from './listening-schema.ts';
import { logLevels } from './log-level.ts';
import { responderSchema } from './responder-schema.ts';
import { integer } from './schema-parts.ts';
import { sessionSchema, textSchema } from './session-schema.ts';
import { transportSchema } from './transport-schema.ts';
import { redisSchema, registrySchema, routingSchema, workersSchema } from './workers-schema.ts';

const security: z.ZodType<SecurityConfig> = z
  .strictObject({
    allowed_origins: z
      .array(
        z
          .string()
          .regex(/^(\*|[A-Za-z][A-Za-z\d+.-]*:\/\/[^\s/?#]+)$/)
          .meta({ examples: ['https://app.example.com', '*'] }),
      )
      .describe('Browser origins allowed besides the own host and loopback; * allows all.')
      .default([]),
  })
  .prefault({})
  .describe('Who may connect.');

function build(ephemeralPort: boolean): z.ZodType<OrchestratorConfig> {
  return z
    .strictObject({
      transport: transportSchema(ephemeralPort),
      redis: redisSchema,
      registry: registrySchema,
      routing: routingSchema,
      workers: workersSchema,
      session: sessionSchema,
      text: textSchema,
      vad: vadSchema,
      asr: asrSchema,
      responder: responderSchema,
      security,
      log_level: z.enum(logLevels).describe('Least severe log line written.').default('INFO'),
      graceful_shutdown_timeout_s: integer(
        10,
        0,
        3600,
        'Seconds a shutdown lets speech finish; 0 means it is cut at once.',
      ),
    })
    .describe('Configuration of the Parley orchestrator.');
}

/** The schema of files and environment; fills in every default. */
export const orchestratorSchema: z.ZodType<OrchestratorConfig> = build(false);

/** The same, but port 0 is allowed: flags may ask for any free port, as tests do. */
export const flagsSchema: z.ZodType<OrchestratorConfig> = build(true);

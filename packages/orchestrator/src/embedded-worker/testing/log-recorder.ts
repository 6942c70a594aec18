import type { Logger } from '../../session/ports/logger.ts';

/** A line that was logged. */
export interface LoggedLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Keeps all lines in `lines`. */
export function recordLog(lines: LoggedLine[], bindings: object = {}): Logger {
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...bindings, ...fields }, message });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => recordLog(lines, { ...bindings, ...more }),
  };
}

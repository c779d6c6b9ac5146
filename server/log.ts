/** Structured logs. What belongs to people, or opens doors, is never in them: not by care alone, but by redaction. */
import { type Logger, pino } from 'pino'

const secrets = ['authorization', 'cookie', 'token', 'passcode', 'phone', 'name', 'body', 'password']

export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: secrets.flatMap((key) => [key, `*.${key}`]),
  })
}

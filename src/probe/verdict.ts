import { MAX_REASON_CHARS } from './limits.ts'

/** The result of a probe. Its duration is the attempt's, unless the probe measured it. */
export type Verdict =
  | { readonly outcome: 'ok'; readonly weight?: number; readonly load?: number; readonly ms?: number }
  | { readonly outcome: 'failed'; readonly why: string }
  | { readonly outcome: 'not-run'; readonly why: string }

export const OK = { outcome: 'ok' } as const satisfies Verdict
export const failed = (why: string): Verdict => ({ outcome: 'failed', why: short(why) })
export const notRun = (why: string): Verdict => ({ outcome: 'not-run', why: short(why) })

/** Shortens a text to one line of at most `max` characters, without control characters. */
export function short(text: string, max = MAX_REASON_CHARS): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
  return line.length <= max ? line : `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

import { MAX_REASON_CHARS } from './limits.ts'

/** A result without its time. */
export type Verdict =
  | { readonly outcome: 'ok'; readonly weight?: number }
  | { readonly outcome: 'failed'; readonly why: string }
  | { readonly outcome: 'not-run'; readonly why: string }

export const OK: Verdict = { outcome: 'ok' }
export const failed = (why: string): Verdict => ({ outcome: 'failed', why: short(why) })
export const notRun = (why: string): Verdict => ({ outcome: 'not-run', why: short(why) })

/** One line of limited length, whatever is in it. */
export function short(text: string, most = MAX_REASON_CHARS): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

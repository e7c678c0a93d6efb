import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { AskedCheck, CheckDocument } from '../../src/health/index.ts'
import { type Answers, type Bundle, type Isolate, newIsolate } from './health-support.ts'

export const CHECK = {
  kind: 'tcp',
  port: 443,
  interval: 60,
  timeout: 2,
  initially: 'down',
} as const satisfies CheckDocument

/** A zone whose queries ask for checks: `10-0-0-1.asks.example` for one of 10.0.0.1. */
export const ASKING = {
  origin: 'asks.example',
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  records: { '*': { A: '192.0.2.1' } },
}

/** Returns the check that a name asks for; undefined outside zones with computed checks. */
export function askedBy(name: string, check: CheckDocument = CHECK): AskedCheck[] {
  const [, address, zone] = /^(\d+-\d+-\d+-\d+)\.(.*asks\.example)\.?$/.exec(name) ?? []
  return address === undefined || zone === undefined ? [] : [{ zone, check, target: address.replaceAll('-', '.') }]
}

/** Makes zones whose origin ends with `asks.example` compute checks out of queries. */
export function pretendScripts(isolate: Bundle, check: CheckDocument = CHECK): void {
  const { queries } = isolate
  pretendCompiled(isolate)
  const { answerQuery } = queries
  vi.spyOn(queries, 'answerQuery').mockImplementation((...input) => {
    const answered = answerQuery(...input)
    const name = answered.kind === 'reply' ? answered.query.question?.key : undefined
    const asked = name === undefined ? [] : askedBy(dotted(name), check)
    return answered.kind === 'reply' && asked.length > 0 ? { ...answered, asked } : answered
  })
}

/** Makes them zones that say so when they are compiled. */
export function pretendCompiled({ ZoneCompilation }: Pick<Bundle, 'ZoneCompilation'>): void {
  const { prototype } = ZoneCompilation
  const { result } = prototype
  vi.spyOn(prototype, 'result').mockImplementation(function (this: typeof prototype) {
    const compiled = result.call(this)
    if (!compiled.ok || !dotted(compiled.value.zone.origin.key).endsWith('asks.example')) return compiled
    return { ok: true, value: { ...compiled.value, zone: { ...compiled.value.zone, asksTargets: true } } }
  })
}

function dotted(key: string): string {
  const labels: string[] = []
  for (let at = 0; key.charCodeAt(at) > 0; at += key.charCodeAt(at) + 1)
    labels.push(key.slice(at + 1, at + 1 + key.charCodeAt(at)))
  return labels.join('.')
}

/** Starts a new isolate with zones that ask for checks. @param answers results of probes by host */
export const askingIsolate = async (
  overrides: Readonly<Record<string, unknown>> = {},
  answers: Answers = {},
  check: CheckDocument = CHECK,
): Promise<Isolate> => {
  const isolate = await newIsolate(overrides, answers, (started) => pretendScripts(started, check))
  await reportBreak()
  return isolate
}

/** Takes the one report that the object broke with its isolate. */
export const reportBreak = (): Promise<unknown> =>
  askedObject()
    .list([], false)
    .catch(() => {})

/** The object that stores asked checks. */
export const askedObject = () => env.ASKED.get(env.ASKED.idFromName('asked'))

/** Its binding, which records every call and may replace the answer. */
export function askedCalls(instead?: (method: string) => Promise<unknown> | undefined) {
  const calls: { method: string; arguments: unknown[] }[] = []
  const stub =
    (method: 'tell' | 'list') =>
    (...given: unknown[]) => {
      calls.push({ method, arguments: given })
      const real = askedObject() as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
      return instead?.(method) ?? (real[method] as (...given: unknown[]) => Promise<unknown>)(...given)
    }
  const binding = { idFromName: () => 'id', get: () => ({ tell: stub('tell'), list: stub('list') }) }
  return { ASKED: binding, calls, of: (method: string) => calls.filter((call) => call.method === method) }
}

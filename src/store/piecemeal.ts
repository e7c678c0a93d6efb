import { ZoneCompilation } from '../zone/index.ts'
import type { HeadMetadata, ZoneEntry } from './catalog.ts'
import { valuesOf } from './compiled.ts'
import type { PartMetadata, Put } from './conclude.ts'
import type { HandDocument } from './finding.ts'
import { headKey, parseJson } from './shapes.ts'
import { entryOf, NO_JSON, zoneOf } from './validate.ts'

/** The end of a compilation: the values of the zone stand in KV, or nothing was written. */
export type Outcome =
  | { readonly kind: 'compiled'; readonly entry: ZoneEntry }
  | { readonly kind: 'refused'; readonly why: string }

/** JSON of so many characters takes as long as a name. */
const CHARS_A_NAME = 200

/** A value in KV takes some work to hash and to hand over. */
const PUT_WORK = 50

/** Work between two breaks, in names. */
const STEP = 50

/**
 * Compiles a document and writes its zone, with breaks: it yields the work done since the last one, in names. A step of
 * the generator is a few hundred microseconds; the JSON is parsed at once.
 * @param put is not called for values that stand in KV already
 * @param now milliseconds since the epoch
 */
export async function* compilePiecemeal(
  { origin, text, hash }: HandDocument,
  put: (put: Put) => Promise<void>,
  stands: (key: string) => boolean,
  now: number,
): AsyncGenerator<number, Outcome> {
  // Nobody has validated what a person put: its patterns too are compiled, by code that isolates do without.
  const { patternSize } = await import('../re2.ts')
  const document = parseJson(text)
  if (document === undefined) return { kind: 'refused', why: NO_JSON.error }
  yield Math.ceil(text.length / CHARS_A_NAME)
  const compilation = new ZoneCompilation(document, { patternSize })
  yield Math.ceil(text.length / CHARS_A_NAME)
  for (let progress = compilation.step(STEP); progress.done < progress.of; progress = compilation.step(STEP)) {
    yield progress.work
  }
  const zone = zoneOf(compilation.result(), origin)
  if (!zone.ok) return { kind: 'refused', why: zone.error }
  const part: PartMetadata = { origin, at: now }
  const writing = valuesOf(zone.value)
  for (;;) {
    const next = await writing.next()
    if (next.done) {
      const entry = entryOf(zone.value, hash, next.value)
      const metadata: HeadMetadata = { ...entry, ...part }
      const key = headKey(entry.zone)
      if (!stands(key)) await put({ key, value: next.value.head, metadata })
      return { kind: 'compiled', entry }
    }
    if (typeof next.value === 'number') yield next.value / 2
    else {
      const [key, value] = next.value
      if (!stands(key)) await put({ key, value, metadata: part })
      yield PUT_WORK
    }
  }
}

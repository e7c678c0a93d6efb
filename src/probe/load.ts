import type { HttpAction } from '../health/index.ts'

/** Reads the load that a target tells in the body of a reply: the number at its start, or a field of JSON. */
export class LoadReader {
  private readonly from: NonNullable<HttpAction['load']>
  private readonly decoder = new TextDecoder()
  private text = ''

  constructor(from: NonNullable<HttpAction['load']>) {
    this.from = from
  }

  add(octets: Uint8Array): void {
    this.text += this.decoder.decode(octets, { stream: true })
  }

  /** Returns the load; undefined if the body has none: that is no report, and no failure. */
  value(): number | undefined {
    const found = this.from === 'body' ? NUMBER.exec(this.text)?.[1] : fieldIn(this.text, this.from.json)
    const load = typeof found === 'string' && found !== '' ? Number(found) : found
    return typeof load === 'number' && Number.isFinite(load) && load >= 0 ? load : undefined
  }
}

const NUMBER = /^\s*(\d{1,15}(?:\.\d{1,15})?)(?![\d.])/

/** Follows names with dots between them: `load.current`, `servers.0.load`. */
function fieldIn(text: string, path: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

import type { Call } from './call.ts'
import { NOT_CONSTANT } from './fold-context.ts'
import { describe, textOf, type Value } from './value.ts'

/** The text that pickchashed hashes for an element: as it is in the code, before it becomes a record. */
export function keyText(value: Value, call: Call): string | undefined {
  const octets = textOf(value)
  if (value.is === 'choice') return NOT_CONSTANT
  if (octets === undefined) {
    return call.context.refuse(
      value.at,
      `${call.name} hashes its texts, and ${describe(value)} is not a text; expected a text`,
    )
  }
  return decodeUtf8(octets) ?? NOT_CONSTANT
}

/** Lua's texts are octets; a zone document has characters. */
export function decodeUtf8(octets: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(octets, (octet) => octet.charCodeAt(0)),
    )
  } catch {
    return undefined
  }
}

import type { Call } from './call.ts'
import { describe, textOf, type Value } from './value.ts'

/** The text that pickchashed hashes for an element: as it is in the code, before it becomes a record. */
export function keyText(value: Value, call: Call): string | undefined {
  const octets = textOf(value)
  if (value.is === 'choice')
    return call.folding.dynamic(value.at, 'what is hashed is not known before there is a query')
  if (octets === undefined) {
    return call.folding.refuse(
      value.at,
      `${call.name} hashes its texts, and ${describe(value)} is not a text; expected a text`,
    )
  }
  return (
    decodeUtf8(octets) ??
    call.folding.dynamic(value.at, `${describe(value)} is not UTF-8; expected UTF-8 in the texts of ${call.name}`)
  )
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

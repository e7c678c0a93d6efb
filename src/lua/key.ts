import type { Call } from './call.ts'
import { describe, textOf, type Value } from './value.ts'

/** The text that pickchashed hashes for an element: as it is in the code, before it becomes a record. */
export function keyText(value: Value, call: Call): string | undefined {
  const octets = textOf(value)
  if (octets === undefined) {
    return call.folding.refuse(
      value.at,
      `${call.name} hashes its texts, and ${describe(value)} is none; expected a text`,
    )
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(octets, (octet) => octet.charCodeAt(0)),
    )
  } catch {
    return call.folding.refuse(value.at, `${describe(value)} is not UTF-8; expected UTF-8 in the texts of ${call.name}`)
  }
}

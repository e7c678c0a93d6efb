import { hasStrings, parseRdataText, ROOT, splitFields, TYPE } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * Reads the content of a record that is not LUA. Names in it are absolute, and texts are in quotes; other spellings of
 * the same data are taken.
 * @returns its canonical text, as `records` of a document have it
 */
export function readContent(type: number, content: string): Result<string> {
  const rdata = parseRdataText(type, content)
  if (!rdata.ok) {
    const relative = parseRdataText(type, content, ROOT)
    return err(relative.ok ? unexpected(relative.value.text) : rdata.error.message)
  }
  const { text } = rdata.value
  if (hasStrings(type) && !isQuoted(content)) return err(unexpected(text))
  const host = HOSTS.get(type)
  if (host !== undefined) {
    const name = text.split(' ')[host] as string
    if (!isHostName(name) && !(name === '.' && type !== TYPE.NS)) {
      return err(`non-hostname content ${name}; expected letters, digits and hyphens between dots`)
    }
  }
  return ok(text)
}

const unexpected = (canonical: string): string => `Not in expected format (parsed as '${canonical}')`

/** True if each string is in quotes, or the data is in the form of RFC 3597. */
function isQuoted(content: string): boolean {
  const fields = splitFields(content)
  if (!fields.ok) return false
  return fields.value[0]?.text === '\\#' || fields.value.every(({ quoted }) => quoted)
}

/** The field of a type that is the name of a host. */
const HOSTS: ReadonlyMap<number, number> = new Map([
  [TYPE.NS, 0],
  [TYPE.MX, 1],
  [TYPE.SRV, 3],
])

/** RFC 1123 §2.1. */
const isHostName = (name: string): boolean => /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+$/i.test(name)

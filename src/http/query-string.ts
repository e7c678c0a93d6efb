import { err, ok, type Result } from '../result.ts'

/** Looks a parameter up: undefined where it is not there, an error where its percent-encoding is not valid. */
export type Parameters = (name: string) => Result<string> | undefined

/**
 * The parameters of a URL. Of a parameter given twice the first counts; one in other letter case counts where none is
 * written exactly so. Octets that are not UTF-8 become `\DDD`, as a domain name writes them.
 */
export function parametersOf(url: string): Parameters {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? ''
  const pairs = query.split('&').map((pair): readonly [string, string] => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
  })
  return (name) => {
    const found = pairs.find(([key]) => key === name) ?? pairs.find(([key]) => key.toLowerCase() === name)
    return found && decoded(found[1])
  }
}

/** Text of application/x-www-form-urlencoded. Leaving a bad escape as it is would ask for another name. */
function decoded(text: string): Result<string> {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text)
  if (bad) return err(`"${bad[0]}" is not a percent-encoded octet; expected % and two hexadecimal digits`)
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return ok(spaced)
  try {
    return ok(decodeURIComponent(spaced))
  } catch {
    // Each character of the text that is not escaped may take several octets.
    const octets = [...UTF8.encode(spaced)]
    return ok(escaped(octets))
  }
}

const UTF8 = new TextEncoder()
const PERCENT = 0x25

/** The octets, percent-encoding resolved, those beyond ASCII as `\DDD`. */
function escaped(octets: readonly number[]): string {
  let text = ''
  for (let i = 0; i < octets.length; i++) {
    let octet = octets[i] as number
    if (octet === PERCENT) {
      octet = Number.parseInt(String.fromCharCode(...octets.slice(i + 1, i + 3)), 16)
      i += 2
    }
    text += octet < 128 ? String.fromCharCode(octet) : `\\${octet}`
  }
  return text
}

import { ecsAddress, edeName, formatName, type Rrset, splitFields, TYPE, unescapeText } from '../dns/index.ts'
import { formatAddress } from '../net/index.ts'
import type { Reply } from '../zone/query-path.ts'
import type { Format } from './format.ts'

export type JsonFormat = Format & { readonly kind: JsonStyle }

type JsonStyle = 'cloudflare-json' | 'google-json'

export const CLOUDFLARE_JSON: JsonFormat = {
  kind: 'cloudflare-json',
  mediaType: 'application/dns-json',
  body: (reply) => toJson(reply, 'cloudflare-json'),
  templates: new Map(),
}

export const GOOGLE_JSON: JsonFormat = {
  kind: 'google-json',
  mediaType: 'application/json; charset=UTF-8',
  body: (reply) => toJson(reply, 'google-json'),
  templates: new Map(),
}

/**
 * Returns a reply in the JSON of Cloudflare's `application/dns-json` or of Google's `/resolve`, without empty sections.
 */
export function toJson(reply: Reply, style: JsonStyle): string {
  const { query, response, message } = reply
  const flags = message[3] as number
  const google = style === 'google-json'
  const nameText = (text: string) => (google || text === '.' ? text : text.replace(/\.$/, ''))
  const section = (rrsets: readonly Rrset[]) =>
    rrsets.flatMap(({ owner, type, ttl, rdatas }) =>
      rdatas.map((rdata) => ({
        name: nameText(formatName(owner)),
        type,
        TTL: ttl,
        data: type === TYPE.TXT && google ? plainText(rdata.text) : rdata.text,
      })),
    )
  const ecs = query.edns?.ecs
  const address = ecs && ecsAddress(ecs)
  const subnet =
    ecs && (address ? `${formatAddress(address)}/${response.scope}` : `${ecs.family === 2 ? '::' : '0.0.0.0'}/0`)
  const comment = response.ede && `EDE(${response.ede.code}): ${edeName(response.ede.code)}: ${response.ede.text}`
  const question = query.question && { name: nameText(formatName(query.question)), type: query.question.type }
  const body = {
    Status: response.rcode,
    TC: false,
    RD: query.recursionDesired,
    RA: (flags & 0x80) !== 0,
    AD: (flags & 0x20) !== 0,
    CD: query.checkingDisabled,
    Question: question ? [question] : [],
    ...nonEmpty('Answer', section(response.answer)),
    ...nonEmpty('Authority', section(response.authority)),
    ...nonEmpty('Additional', section(response.additional)),
    ...(google && subnet ? { edns_client_subnet: subnet } : {}),
    ...(comment ? { Comment: google ? comment : [comment] } : {}),
  }
  return JSON.stringify(body)
}

const nonEmpty = (name: string, records: readonly unknown[]) => (records.length > 0 ? { [name]: records } : {})

/**
 * Google's form of TXT: the strings joined, without quotes. Octets that are not UTF-8 are `\DDD`, and a backslash is
 * `\\`, so that different texts look different.
 */
function plainText(text: string): string {
  const fields = splitFields(text)
  if (!fields.ok) return text
  const bytes = fields.value.flatMap((field) => {
    const unescaped = unescapeText(field.text)
    return unescaped.ok ? [...unescaped.value.bytes] : []
  })
  return textOf(Uint8Array.from(bytes))
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const end = at + characterOctets(bytes[at] as number)
    const character = decoded(bytes.subarray(at, end))
    if (character === undefined) text += `\\${String(bytes[at]).padStart(3, '0')}`
    else text += character === '\\' ? '\\\\' : character
    at = character === undefined ? at + 1 : end
  }
  return text
}

/** The octets of a character of UTF-8 by its first one. */
const characterOctets = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4)

function decoded(octets: Uint8Array): string | undefined {
  try {
    return UTF8.decode(octets)
  } catch {
    return undefined
  }
}

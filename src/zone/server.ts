import {
  CLASS,
  formatName,
  NO_RECORDS,
  type Question,
  quote,
  RCODE,
  type Rdata,
  type Response,
  TYPE,
} from '../dns/query-path.ts'
import { VERSION } from '../version.ts'

/** Answers a question about the server in class CHAOS (RFC 4892, and BIND's names), or undefined for any other. */
export function serverAnswer(question: Question, identity: string): Response | undefined {
  const text = SERVER_NAMES.get(formatName(question.key))?.(identity)
  if (text === undefined || (question.type !== TYPE.TXT && question.type !== TYPE.ANY)) return undefined
  return {
    ...NO_RECORDS,
    rcode: RCODE.NOERROR,
    authoritative: true,
    answer: [{ owner: question, type: TYPE.TXT, class: CLASS.CH, ttl: 0, rdatas: [txt(text)] }],
  }
}

const version = () => `edge-gslb ${VERSION}`
const SERVER_NAMES: ReadonlyMap<string, (identity: string) => string> = new Map([
  ['version.bind.', version],
  ['version.server.', version],
  ['id.server.', (identity: string) => identity],
  ['hostname.bind.', (identity: string) => identity],
])

/** Returns the data of a TXT record of one text, of which it takes 255 octets. */
export function txt(text: string): Rdata {
  const bytes = new TextEncoder().encode(text).subarray(0, 255)
  return { bytes: Uint8Array.from([bytes.length, ...bytes]), names: [], text: quote(bytes) }
}

import { EDNS_FLAGS, ednsField, encodeReply, failure, NO_RECORDS, type Response } from '../dns/query-path.ts'
import type { QueryContext, Reply, Zone } from '../zone/query-path.ts'
import { type Signing, signResponse } from './sign-response.ts'
import type { Signer } from './signer.ts'

/** The signed reply; or the zones whose keys are needed first. */
type SignedReply =
  | { readonly kind: 'done'; readonly reply: Reply | Promise<Reply> }
  | { readonly kind: 'not-here'; readonly zones: readonly Zone[] }

/** As for a response; the signer keeps whole replies, too. */
type ReplySigning = Signing & { readonly signer: Signer }

/** Signs a reply, and writes its message anew. Where no zone of it is signed it stays as it is. */
export function signReply(answered: Reply, signing: ReplySigning): SignedReply {
  const { query, response, asker } = answered
  const { question } = query
  if (!question || !asker) return { kind: 'done', reply: answered }
  const { dnssecOk } = asker
  const compactOk = isCompactOk(answered)
  const { signer, now } = signing
  const known = dnssecOk ? keptOf(answered, asker, signing, compactOk) : undefined
  if (known) return { kind: 'done', reply: known }
  const signed = signResponse({ question, response, context: asker, dnssecOk, compactOk }, signing)
  switch (signed.kind) {
    case 'unsigned':
      return { kind: 'done', reply: answered }
    case 'not-here':
      return signed
    case 'not-ready':
      return { kind: 'done', reply: unsignable(answered, 'the zone is being loaded') }
    case 'signed': {
      const { response: whole } = signed
      const { only } = signed
      const encode = (content: Response): Reply => {
        const reply = encoded(answered, content, compactOk)
        if (only && dnssecOk) signer.messages.keep(answered, reply, only.zone, only.ring, compactOk, now)
        return reply
      }
      return { kind: 'done', reply: whole instanceof Promise ? whole.then(encode) : encode(whole) }
    }
  }
}

/** Returns the reply as it was signed before. */
function keptOf(
  answered: Reply,
  { zone }: QueryContext,
  { keysOf, signer, now }: ReplySigning,
  compactOk: boolean,
): Reply | undefined {
  const ring = zone ? keysOf(zone) : 'unsigned'
  if (!zone || typeof ring === 'string') return undefined
  return signer.messages.find(answered, zone, ring, compactOk, now)
}

/** CO counts with DO alone. */
function isCompactOk({ query: { question }, asker }: Reply): boolean {
  return question !== undefined && asker?.dnssecOk === true && (ednsField(question, EDNS_FLAGS) & COMPACT_OK) !== 0
}

/** The second bit of EDNS's flags (RFC 9824 §5.1). */
const COMPACT_OK = 0x4000

/** SERVFAIL in place of an answer that cannot be signed: an unsigned one would be bogus. */
export function unsignable(answered: Reply, why: string): Reply {
  const content = { ...NO_RECORDS, scope: answered.response.scope, ...failure({ kind: 'not-ready', why }) }
  return encoded({ ...answered, beyond: undefined }, content, isCompactOk(answered))
}

function encoded(answered: Reply, content: Response, compactOk: boolean): Reply {
  const { edns } = answered.query
  const query = compactOk && edns ? { ...answered.query, edns: { ...edns, compactOk } } : answered.query
  const { message, response } = encodeReply(query, content)
  return { ...answered, query, message, response }
}

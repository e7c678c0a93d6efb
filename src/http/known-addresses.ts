import { MAX_ADDRESS_CHARS, MAX_KNOWN_ADDRESSES } from '../limits.ts'
import { type Address, parseAddress, UNKNOWN_ADDRESS } from '../net/index.ts'

/**
 * Addresses from text, the last ones remembered: the same resolvers ask again and again, and reading an address takes
 * longer than finding an answer for it. Outside Cloudflare the text is the client's own: what is not an address is
 * neither read far nor remembered.
 */
export class KnownAddresses {
  private readonly known = new Map<string, Address>()

  get size(): number {
    return this.known.size
  }

  /** Returns UNKNOWN_ADDRESS for a text that is not an address. */
  read(text: string): Address {
    if (text.length > MAX_ADDRESS_CHARS) return UNKNOWN_ADDRESS
    const known = this.known.get(text)
    if (known) return known
    const parsed = parseAddress(text)
    if (!parsed.ok || text === WORKER_OF_ANOTHER_ZONE) return UNKNOWN_ADDRESS
    if (this.known.size >= MAX_KNOWN_ADDRESSES) this.known.clear()
    this.known.set(text, parsed.value)
    return parsed.value
  }
}

/** The address that Cloudflare names as client when a Worker of another zone asks: it stands for anybody. */
const WORKER_OF_ANOTHER_ZONE = '2a06:98c0:3600::103'

import { invalidVantage, parseVantage, type Vantage, type VantageView, viewVantage } from '../health/query-path.ts'
import type { Result } from '../result.ts'
import { hashText } from './shapes.ts'

/**
 * A sealed health document begins with the SHA-256 of the text behind the seal. With a valid seal the text is as
 * `formatVantage` wrote it, and readers need not parse it to know that it is not damaged. The seal is a field of JSON,
 * so that versions without it read the document, too.
 */
const BEFORE_HASH = '{"hash":"'
const BEHIND_HASH = '",'
const HASH_CHARS = 64

/** @param text of `formatVantage` */
export async function sealVantage(text: string): Promise<string> {
  const rest = text.slice(1)
  return `${BEFORE_HASH}${await hashText(rest)}${BEHIND_HASH}${rest}`
}

/** Reads a document from KV for queries. A document without a seal was put by hand, or by an earlier version. */
export async function viewSealed(text: string): Promise<Result<VantageView>> {
  switch (await sealOf(text)) {
    case 'valid':
      return viewVantage(text)
    case 'broken':
      return BROKEN
    case 'none':
      return parseVantage(text)
  }
}

/** Reads all targets of a document from KV. */
export const parseSealed = async (text: string): Promise<Result<Vantage>> =>
  (await sealOf(text)) === 'broken' ? BROKEN : parseVantage(text)

const BROKEN = invalidVantage('its text is not that of its "hash"')

async function sealOf(text: string): Promise<'valid' | 'broken' | 'none'> {
  if (!text.startsWith(BEFORE_HASH)) return 'none'
  const hashEnd = BEFORE_HASH.length + HASH_CHARS
  const hash = await hashText(text.slice(hashEnd + BEHIND_HASH.length))
  return text.startsWith(`${hash}${BEHIND_HASH}`, BEFORE_HASH.length) ? 'valid' : 'broken'
}

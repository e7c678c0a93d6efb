import { formatAddress } from '../../net/index.ts'
import type { Visit } from '../visit.ts'

/** The fields of the form, as they were sent. */
export type Fields = {
  readonly name: string
  readonly type: string
  readonly client: string
  readonly ecs: string
  readonly country: string
}

/** The client that stands for the reader. */
export const ME = 'me'

export function fieldsOf({ searchParams }: URL): Fields {
  const field = (key: keyof Fields): string => (searchParams.get(key) ?? '').trim()
  return {
    name: field('name'),
    type: field('type') || 'A',
    client: field('client') || (field('ecs') === '' ? ME : ''),
    ecs: field('ecs'),
    country: field('country'),
  }
}

/** Returns the client's address as text; empty if only a Client Subnet says who asks. */
export const clientOf = ({ client }: Fields, { address }: Visit): string =>
  client.toLowerCase() === ME ? formatAddress(address) : client

/** Writes the query of a URL of the API. Empty parameters are left out. */
export function queryOf(parameters: Readonly<Record<string, string>>): string {
  const filled = Object.entries(parameters).filter(([, value]) => value !== '')
  return new URLSearchParams(filled).toString()
}

/**
 * The fate of a name outside the zones: refused for everybody, forwarded for everybody or for those with a token, or
 * forwarded for some networks, which have the reader's address or do not.
 */
export type OtherNames = 'refused' | 'forwarded' | 'with a token' | 'forwarded for you' | 'refused for you'

/** Returns the sentences that tell a reader of it. */
export function tellOtherNames(fate: OtherNames): string {
  switch (fate) {
    case 'refused':
      return `Names outside its zones are refused. ${NOT_ALONE}`
    case 'forwarded':
      return 'Names outside its zones are forwarded to other resolvers, so that a device can use it for everything.'
    case 'with a token':
      return `Names outside its zones are forwarded for clients with a token, and refused for others. Without a token: ${lower(NOT_ALONE)}`
    case 'forwarded for you':
      return 'Names outside its zones are forwarded for some networks. Yours is one of them now; from another network they may be refused.'
    case 'refused for you':
      return `Names outside its zones are forwarded for some networks, and yours is not one of them: for you they are refused. ${NOT_ALONE}`
  }
}

const NOT_ALONE =
  'A device or browser that sends all queries here resolves nothing else: use it beside another resolver, or for tests.'

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/**
 * The clients whose names outside the zones are forwarded: nobody's, everybody's, or those of some. `networks` says if
 * the reader's address is in the networks of the setting, and is undefined where it names none.
 */
export type OtherNames =
  | { readonly kind: 'refused' }
  | { readonly kind: 'forwarded' }
  | { readonly kind: 'limited'; readonly networks: 'yours' | 'not yours' | undefined; readonly tokens: boolean }

/** Returns the sentences that tell a reader of it. */
export function tellOtherNames(names: OtherNames): string {
  switch (names.kind) {
    case 'refused':
      return `Names outside its zones are refused. ${NOT_ALONE}`
    case 'forwarded':
      return 'Names outside its zones are forwarded to other resolvers, so that a device can use it for everything.'
    case 'limited': {
      const { networks, tokens } = names
      const who = [networks && 'from some networks', tokens && 'with a token'].filter(Boolean).join(' or ')
      const forwarded = `Names outside its zones are forwarded for clients ${who}, and refused for others.`
      if (networks === 'yours')
        return `${forwarded} Your network is one of them now; in another one they may be refused.`
      const yours = networks && 'Your network is not one of them.'
      return [forwarded, yours, tokens ? `Without a token: ${NOT_ALONE}` : NOT_ALONE].filter(Boolean).join(' ')
    }
  }
}

const NOT_ALONE =
  'A device or browser that sends all queries here resolves nothing else. Use it beside another resolver, or for tests.'

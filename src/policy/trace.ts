/** One decision on the way to an answer: what was chosen and why. Members count from 0, in the zone's order. */
export type PolicyStep =
  | { readonly step: 'values'; readonly records: number }
  | { readonly step: 'fail'; readonly why: string }
  | { readonly step: 'all'; readonly of: number }
  | { readonly step: 'random'; readonly picked: readonly number[]; readonly of: number }
  | {
      readonly step: 'weighted'
      readonly picked: readonly number[]
      readonly weights: readonly number[]
      readonly total: number
    }
  | { readonly step: 'hashed'; readonly hash: number; readonly of: number; readonly picked: number }
  | {
      readonly step: 'weighted-hashed' | 'name-hashed'
      readonly hash: number
      readonly point: number
      readonly total: number
      readonly picked: number
    }
  | { readonly step: 'consistent-hashed'; readonly hash: number; readonly point: number; readonly picked: number }
  | {
      readonly step: 'view' | 'networks'
      /** The network that decided, or null where none holds the client. */
      readonly matched: string | null
      readonly branch: number | 'otherwise'
      readonly scope: number
    }

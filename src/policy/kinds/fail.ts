/** SERVFAIL, or REFUSED: for example a PowerDNS view without a match. */
export interface Fail {
  readonly kind: 'fail'
  readonly why: string
  readonly refused?: true
}

export type FailStep = { readonly step: 'fail'; readonly why: string; readonly refused?: true }

export const stepOf = ({ why, refused }: Fail): FailStep => ({ step: 'fail', why, ...(refused && { refused }) })

export const identity = ({ why }: Fail): unknown => why

export const text = ({ why, refused }: FailStep): string => `${refused ? 'REFUSED' : 'SERVFAIL'}: ${why}`

export const LARGE_ORIGIN = 'large.example'

/** The label of a large zone's record. Numbers are those of records. */
export const hostLabel = (number: number): string => `host-${String(number).padStart(8, '0')}`
export const hostName = (number: number): string => `${hostLabel(number)}.${LARGE_ORIGIN}`

/** The address of a large zone's record. */
export const hostAddress = (number: number): string =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`

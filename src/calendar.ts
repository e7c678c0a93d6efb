export const DAY_MS = 86_400_000

/** The end of the year 9999. An interval can be added to it without passing the last date (ECMA-262 §21.4.1.1). */
export const LAST_TIME_MS = 253_402_300_799_999

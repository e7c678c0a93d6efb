/** INFO-CODEs of RFC 8914 §4 that the forwarder sends. */
export const EDE = {
  OTHER: 0,
  STALE_ANSWER: 3,
  STALE_NXDOMAIN: 19,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
} as const

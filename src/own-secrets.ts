/**
 * The secrets that the Worker has for itself, which receivers of notifications cannot name: whoever may write a zone
 * could have them sent anywhere. Their values are never told.
 */
export const OWN_SECRETS = [
  { name: 'API_KEY', purpose: 'the first key of the API' },
  { name: 'AGENT_KEYS', purpose: 'the secrets of agents' },
  { name: 'DNSSEC_SECRET', purpose: 'opens the private keys of signed zones' },
  { name: 'ANALYTICS_TOKEN', purpose: 'reads the counts of queries' },
  { name: 'NOTIFY', purpose: 'receivers of notifications, for all zones' },
] as const

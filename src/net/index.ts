export {
  type Address,
  addressBits,
  type Family,
  formatAddress,
  parseAddress,
  UNKNOWN_ADDRESS,
  unmapped,
} from './address.ts'
export { isNumeric, isPublicHost } from './host.ts'
export { networkSet } from './network-set.ts'
export { formatPrefix, maskAddress, type Prefix, parsePrefix, withoutHostBits } from './prefix.ts'
export {
  buildScopeMap,
  lookupScope,
  type Precedence,
  type RangeTable,
  type ScopeMap,
  samplesOf,
  withOutcomes,
} from './scope-map.ts'
export { believes, parseNetworks, parseSubnetTrust, type SubnetTrust } from './subnet-trust.ts'
export { commonBits, toWords } from './words.ts'

import { parseSubnetTrust, type SubnetTrust } from '../net/index.ts'
import { ok, type Result } from '../result.ts'

export type { SubnetTrust }

/** Reads the setting CLIENT_SUBNET: `on`, `off`, or networks with spaces or commas between them. */
export function parseClientSubnet(text: string | undefined): Result<SubnetTrust> {
  const words = (text ?? '').split(/[\s,]+/).filter((word) => word !== '')
  return words.length === 0 ? ok('on') : parseSubnetTrust(words)
}

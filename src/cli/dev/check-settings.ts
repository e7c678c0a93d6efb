import { parseDohPath } from '../../doh-path.ts'
import { parseDohName, parseForwardTo, parseSubnetPassing, parseUpstreams } from '../../forward/index.ts'
import { parseTestName } from '../../landing/test-question.ts'
import { parseNotify } from '../../notify/index.ts'
import { err, ok, type Result } from '../../result.ts'

/** Returns the first mistake in what the Worker would replace by a default, and tell to its log alone. */
export function checkSettings(environment: Readonly<Record<string, string | undefined>>): Result<true> {
  const { NOTIFY, UPSTREAMS, FORWARD_TO, FORWARD_CLIENT_SUBNET, DOH_PATH, DOH_NAME, TEST_NAME } = environment
  const checks = [
    ['UPSTREAMS', parseUpstreams(UPSTREAMS)],
    ['FORWARD_TO', parseForwardTo(FORWARD_TO)],
    ['FORWARD_CLIENT_SUBNET', parseSubnetPassing(FORWARD_CLIENT_SUBNET)],
    ['DOH_PATH', parseDohPath(DOH_PATH)],
    ['DOH_NAME', parseDohName(DOH_NAME)],
    ['TEST_NAME', parseTestName(TEST_NAME)],
  ] as const
  for (const [name, parsed] of checks) if (!parsed.ok) return err(`${name}: ${parsed.error}`)
  const notify = parseNotify(NOTIFY)
  return notify.ok ? ok(true) : notify
}

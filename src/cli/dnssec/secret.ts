import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'

/**
 * Returns the secret that wraps private keys: DNSSEC_SECRET of the environment, or of the `.dev.vars` beside the
 * wrangler configuration, from which `wrangler dev` takes it, too.
 */
export function dnssecSecret(
  environment: Readonly<Record<string, string | undefined>>,
  config: string,
): string | undefined {
  if (environment.DNSSEC_SECRET) return environment.DNSSEC_SECRET
  try {
    return parseEnv(readFileSync(join(dirname(config), '.dev.vars'), 'utf8')).DNSSEC_SECRET || undefined
  } catch {
    return undefined
  }
}

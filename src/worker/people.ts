import type { AccessTokens, Admins } from '../api/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Env } from './env.ts'

let people: Result<AccessTokens | undefined> | undefined

/** Returns the settings of Cloudflare Access, which an isolate reads once; undefined: it is not in use. */
export const isolatePeople = (env: Env): Result<AccessTokens | undefined> => {
  people ??= peopleOf(env)
  return people
}

/** Reads ACCESS_TEAM, ACCESS_AUD and ACCESS_ADMINS. Settings that are not valid let nobody in. */
export function peopleOf({
  ACCESS_TEAM: team = '',
  ACCESS_AUD: audience = '',
  ACCESS_ADMINS: admins = '',
}: Pick<Env, 'ACCESS_TEAM' | 'ACCESS_AUD' | 'ACCESS_ADMINS'>): Result<AccessTokens | undefined> {
  if (team === '' && audience === '') return ok(undefined)
  const host = team.includes('.') ? team : `${team}.cloudflareaccess.com`
  if (!/^[a-z0-9-]+\.cloudflareaccess\.com$/.test(host))
    return err(`ACCESS_TEAM is "${team}"; expected the name of a team, like example or example.cloudflareaccess.com`)
  if (!/^[0-9a-f]{32,128}$/.test(audience))
    return err('ACCESS_AUD is not an audience tag; expected that of the application in Access, in hexadecimal')
  return ok({ team: host, audience, admins: adminsOf(admins), fetch: (url, options) => fetch(url, options) })
}

/** Reads `ops@example.com group:platform token:<client id>`. */
function adminsOf(text: string): Admins {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  const after = (prefix: string) =>
    words.flatMap((word) => (word.startsWith(prefix) ? [word.slice(prefix.length)] : []))
  const emails = words.filter((word) => !/^(group|token):/.test(word)).map((word) => word.toLowerCase())
  return { emails, groups: after('group:'), tokens: after('token:') }
}

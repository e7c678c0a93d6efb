import { buildQuery, formatName, type NameKey, parseQuery } from '../dns/index.ts'
import { MAX_TOLD_BRANCH_CHARS } from '../limits.ts'
import { branchWords, type ClientChoice } from '../policy/index.ts'
import { Client, QueryContext, type Sources } from '../zone/index.ts'
import { NotedAccess } from './access.ts'
import type { ExplainQuery } from './explanation.ts'
import { outcomes } from './outcomes.ts'
import { NO_CHANCE, ReachLens } from './reach-lens.ts'

/** The choices of a client in the policy of a name. */
export type Decided = { readonly name: NameKey; readonly choices: readonly ClientChoice[] }

/** The branch of clients where nothing depends on them. */
const EVERYBODY = 'everybody'

/** Stands in the branch of clients for whom a zone on the way is not. */
const REFUSED = 'access:refused'

/**
 * Tells what the client decides on the way to an answer: `view:192.0.2.0/24 geo:DE`. Names stand before their choices
 * where more than one has some. It is the same for all clients of the answer's ECS scope.
 */
export function branchText(decided: readonly Decided[], isRefused: boolean): string {
  const words = new Map<string, { readonly name: string; readonly text: string }>()
  for (const { name, choices } of decided) {
    if (choices.length === 0) continue
    const text = branchWords(choices)
    words.set(`${name} ${text}`, { name, text })
  }
  const all = [...words.values()]
  const isOneName = all.every(({ name }) => name === all[0]?.name)
  const texts = all.map(({ name, text }) => (isOneName ? text : `${formatName(name)} ${text}`))
  const told = [...(isRefused ? [REFUSED] : []), ...texts].join('; ') || EVERYBODY
  return told.length > MAX_TOLD_BRANCH_CHARS ? `${told.slice(0, MAX_TOLD_BRANCH_CHARS - 1)}…` : told
}

/** Returns the branch of the client of a question. */
export function branchOf(
  { name, type, client, ecs, place, token }: ExplainQuery,
  { zones, health, database, outside }: Omit<Sources, 'random'>,
): string {
  const query = parseQuery(buildQuery({ name, type, edns: true, subnet: ecs }))
  if (!query.ok || !query.value.question) return EVERYBODY
  const { question, edns } = query.value
  const origin = { connection: client, place, token: token ? 'explain' : undefined, identity: 'explain' }
  const noted = new NotedAccess(zones, client, token ?? false)
  const sources = { zones: noted, health, database, outside, random: NO_CHANCE }
  const lens = new ReachLens()
  outcomes(question, noted, new QueryContext(question, new Client(edns, origin), sources), lens)
  return branchText(lens.decided, noted.isRefused)
}

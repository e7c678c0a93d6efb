import type { Policy } from '../../policy/index.ts'

type Pool = Extract<Policy, { kind: 'pool' | 'failover' }>

/** How each kind without health chooses, in words. */
export const SHARED_OUT = {
  all: 'the records of all of these',
  random: 'drawn by chance, each as likely as the next',
  weighted: 'drawn by weight',
  multi: 'each by itself, as likely as its weight is of the largest',
  hashed: "by a hash of the client's address",
  'weighted-hashed': "by a hash of the client's address, and weight",
  'name-hashed': 'by a hash of the name, and weight',
  'consistent-hashed': "by a consistent hash of the client's address, and weight",
  view: "the first rule that has the client's network",
  networks: 'the longest network that holds the client',
  geo: "by the client's place, the most exact one first",
  'by-client': "by a hash of the client's address",
} as const satisfies Partial<Record<Policy['kind'], string>>

const SELECTED = {
  random: 'of the members that are up, by chance',
  all: 'all members that are up',
  first: 'the first members that are up',
  weighted: 'of the members that are up, by weight',
  'weighted-multi': 'each member that is up by itself, by weight',
  grouped: 'one group of the members that are up, by weight',
  'grouped-multi': 'of each group one member that is up, by weight',
  hashed: "of the members that are up, by a hash of the client's address",
  'weighted-hashed': "of the members that are up, by a hash of the client's address, and weight",
  'consistent-hashed': "of the members that are up, by a consistent hash of the client's address",
  nearest: 'the members that are up and nearest to the client',
  pickclosest: 'of the members that are up the one closest to the client',
} as const

/** Says how a pool or a failover chooses. */
export function poolText(policy: Pool): string {
  if (policy.kind === 'failover') return 'the first level that is up'
  const { select, count, minLive, ignoreHealth } = policy
  return [
    SELECTED[select],
    ...(Number.isFinite(count) && count > 1 ? [`${count} at most`] : []),
    ...(minLive > 0 ? [`up while ${percentText(minLive)} of it are`] : []),
    ...(ignoreHealth ? ['whatever their health is'] : []),
  ].join(', ')
}

const percentText = (part: number): string => `${Number((part * 100).toFixed(2))} %`

/** Says how far a shift of weights has come. @param now milliseconds since the epoch */
export function shiftText({ from, to, start, end }: Extract<Policy, { kind: 'shift' }>, now: number): string {
  const done = Math.min(1, Math.max(0, (now - start) / (end - start)))
  const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
  const few = from.length <= 6 ? ` from ${from.join(':')} to ${to.join(':')}` : ''
  return `weights go over${few} between ${iso(start)} and ${iso(end)}: ${percentText(done)} done`
}

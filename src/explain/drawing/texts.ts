import { type Policy, SELECT_TEXTS } from '../../policy/index.ts'

type Pool = Extract<Policy, { kind: 'pool' | 'failover' }>

/** Says how a pool or a failover chooses. */
export function poolText(policy: Pool): string {
  if (policy.kind === 'failover') return 'the first level that is up'
  const { select, count, minLive, ignoreHealth } = policy
  return [
    SELECT_TEXTS[select],
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

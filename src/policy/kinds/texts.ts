import { printable } from '../../printable.ts'
import { downText, upText } from '../alternatives-text.ts'
import { locationText } from '../location-text.ts'
import type { AllStep } from './all.ts'
import type { ConsistentHashedStep } from './consistent-hashed.ts'
import type { DatacentersStep } from './datacenters.ts'
import type { FailStep } from './fail.ts'
import type { FailoverStep } from './failover.ts'
import type { GeoStep } from './geo.ts'
import type { HashedStep } from './hashed.ts'
import type { TextContext } from './kind.ts'
import type { MultiStep } from './multi.ts'
import type { NetworksStep } from './networks.ts'
import type { PoolStep } from './pool.ts'
import type { RandomStep } from './random.ts'
import type { AskedStep, HealthStep, IsInStep, RunStep, ScriptStep } from './script.ts'
import type { ShiftStep } from './shift.ts'
import type { ValuesStep } from './values.ts'
import type { WeightedStep } from './weighted.ts'
import type { WeightedHashedStep } from './weighted-hashed.ts'

// The table of these texts is in author.ts: queries print nothing, so that they are not in the files of the kinds.

export function allText({ of }: AllStep): string {
  return `takes all ${of} members`
}

export function failText({ why, refused }: FailStep): string {
  return `${refused ? 'REFUSED' : 'SERVFAIL'}: ${why}`
}

export function valuesText({ records }: ValuesStep): string {
  return records === 1 ? '1 record' : `${records} records`
}

export function randomText({ picked, of }: RandomStep, { drawnFrom }: TextContext): string {
  return `drew ${membersText(picked)} of ${drawnFrom(of)}, each as likely as the next`
}

export function weightedText({ picked, weights, total }: WeightedStep): string {
  return `drew ${picked.map((member, i) => `member ${member + 1} (weight ${weights[i]})`).join(', ')} of total weight ${total}`
}

export function multiText({ picked }: MultiStep): string {
  return `drew ${membersText(picked)}, each by itself, as likely as its weight is of the largest`
}

export function hashedText({ hash, of, picked }: HashedStep): string {
  return `the client's address hashes to ${hash}; modulo ${of} that is member ${picked + 1}`
}

export function weightedHashedText({ step, hash, point, total, picked }: WeightedHashedStep): string {
  const hashed = step === 'name-hashed' ? 'the name' : "the client's address"
  return `${hashed} hashes to ${hash}; modulo total weight ${total} that is ${point}, within member ${picked + 1}`
}

export function consistentHashedText({ hash, point, picked }: ConsistentHashedStep): string {
  return `the client's address hashes to ${hash}; the next point, ${point}, belongs to member ${picked + 1}`
}

export function networksText({ step, matched, branch, scope }: NetworksStep): string {
  if (matched === null || branch === 'otherwise') return `no network holds the client: otherwise (scope ${scope})`
  const how =
    step === 'view' ? `is the first to hold the client: rule ${branch + 1}` : 'is the longest to hold the client'
  return `${matched} ${how} (scope ${scope})`
}

export function geoText(step: GeoStep, { isLocated }: TextContext): string {
  return locationText(step, [step.branch === 'otherwise' ? 'otherwise' : `${step.matched} decides`], isLocated)
}

export function datacentersText(step: DatacentersStep, { isLocated }: TextContext): string {
  const { map, matched } = step
  const by = matched === null ? 'the usual order' : matched === 'auto' ? 'the nearest first' : matched
  const order = step.order.length > 0 ? step.order.join(', ') : 'no datacenter: NODATA'
  return locationText(step, [`${by} of the map ${map}: ${order}`], isLocated)
}

export function poolText(step: PoolStep): string {
  const up = step.members.filter(({ state }) => state === 'up')
  return upText(step, `${up.length} of ${step.members.length} members ${up.length === 1 ? 'is' : 'are'} up`)
}

export function failoverText(step: FailoverStep): string {
  const first = step.members.find(({ state }) => state === 'up')
  return upText(step, first ? `member ${first.member + 1} is the first that is up` : downText('first'))
}

export function shiftText({ from, to, start, end, done }: ShiftStep): string {
  const percent = `${(done * 100).toFixed(1)} %`
  return `weights go over from ${from.join(':')} to ${to.join(':')} between ${start} and ${end}: ${percent} of the clients that move have moved`
}

export function scriptText(step: ScriptStep): string {
  switch (step.step) {
    case 'script':
      return runText(step)
    case 'place':
      return locationText(step, [], false, ` by ${step.by}`)
    case 'asked':
      return askedText(step)
    case 'health':
      return healthText(step)
    default:
      return isInText(step)
  }
}

function runText({ read, steps, returned }: RunStep): string {
  const used = read.length === 0 ? 'nothing of the query' : read.join(', ')
  return printable(`returned ${returned} in ${steps} steps; it used ${used}`)
}

function askedText({ call, targets }: AskedStep): string {
  const count = `${targets} ${targets === 1 ? 'target' : 'targets'}`
  return `the query decides what ${call} probes: ${count}, known from the first query on`
}

function healthText({ pools, members, records }: HealthStep): string {
  const told = `the states of ${pools} ${pools === 1 ? 'pool' : 'pools'} and ${members} ${members === 1 ? 'member' : 'members'}`
  return `${told}, in ${records} ${records === 1 ? 'record' : 'records'}`
}

function isInText({ value, wanted, holds }: IsInStep): string {
  const shown = wanted.slice(0, MAX_WANTED).join(', ')
  const more = wanted.length > MAX_WANTED ? `, … (${wanted.length})` : ''
  return printable(`${value} is ${holds ? 'one' : 'none'} of {${shown}${more}}`)
}

/** Writes members for people: they count from 1 there. */
function membersText(picked: readonly number[]): string {
  return `${picked.length === 1 ? 'member' : 'members'} ${picked.map((index) => index + 1).join(', ')}`
}

const MAX_WANTED = 12

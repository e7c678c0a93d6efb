/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Explanation, Places } from '../../explain/index.ts'
import { addressBits, formatPrefix, maskAddress, parseAddress } from '../../net/index.ts'
import type { Result } from '../../result.ts'
import { CONSOLE_MAP_CSS, CONSOLE_MAP_JS, CONSOLE_NAME_CSS } from '../../static/index.ts'
import { type Part, ShareNumbers } from '../map/index.ts'
import { clientOf, type Fields, fieldsOf, queryOf } from '../name/asked.ts'
import { Branches, Distribution, Networks, TooLarge } from '../name/branches.tsx'
import { reachesOf } from '../name/chances.ts'
import { Explained } from '../name/explained.tsx'
import { QuestionForm } from '../name/question-form.tsx'
import { World } from '../name/world.tsx'
import { HilbertMap, Note, Panel } from '../parts/index.ts'
import type { ApiFault, PageCode, Shown, Visit } from '../visit.ts'

/** A name: what one client gets, and who gets what. */
export const namePage: PageCode = {
  show: async (visit) => {
    const fields = fieldsOf(visit.url)
    return fields.name === '' ? withoutName(fields) : withName(visit, fields)
  },
}

const FILES = { styles: [CONSOLE_MAP_CSS, CONSOLE_NAME_CSS] } as const

const withoutName = (fields: Fields): Shown => ({
  ...FILES,
  title: 'A name',
  body: (
    <>
      <QuestionForm fields={fields} />
      <p class="empty">Enter a name of a zone to see what a client of it gets, why, and who gets what.</p>
    </>
  ),
})

type Asked<T> = Result<T, ApiFault>

async function withName(visit: Visit, fields: Fields): Promise<Shown> {
  const { name, type, ecs, country } = fields
  const client = clientOf(fields, visit)
  const question = queryOf({ name, type })
  const [explained, partition, places] = await Promise.all([
    visit.read<Explanation>(`/api/v1/explain?${queryOf({ name, type, client, ecs, country })}`),
    partitionOf(visit, question),
    visit.read<Places>(`/api/v1/places?${queryOf({ name, type, client })}`),
  ])
  return {
    ...FILES,
    title: `${name} ${type.toUpperCase()}`,
    status: explained.ok || partition.parts.ok ? 200 : Math.max(400, faultIn(explained)?.status ?? 400),
    scripts: [CONSOLE_MAP_JS],
    body: (
      <>
        <QuestionForm fields={fields} />
        {explained.ok ? (
          <Explained explanation={explained.value} client={client} />
        ) : (
          <Note kind="problem">{explained.error.why}</Note>
        )}
        <WhoGetsWhat
          visit={visit}
          question={question}
          partition={partition}
          places={places}
          client={client}
          fields={fields}
        />
      </>
    ),
  }
}

const faultIn = <T,>(asked: Asked<T>): ApiFault | undefined => (asked.ok ? undefined : asked.error)

/** The networks, and what they leave out. */
type Partition = {
  readonly parts: Asked<readonly Part[]>
  /** Tells what is too large about the whole of it, and the longest prefix of what is shown. */
  readonly cut?: { readonly why: string; readonly depth: number }
}

/** The prefix lengths that are tried if a partition is too large. */
const DEPTHS = [16, 8]

async function partitionOf(visit: Visit, question: string): Promise<Partition> {
  const whole = await visit.read<readonly Part[]>(`/api/v1/partition?${question}`)
  if (whole.ok || whole.error.status !== 422) return { parts: whole }
  for (const depth of DEPTHS) {
    const parts = await visit.read<readonly Part[]>(`/api/v1/partition?${question}&depth=${depth}`)
    if (parts.ok) return { parts, cut: { why: whole.error.why, depth } }
  }
  return { parts: whole }
}

type WhoProps = {
  readonly visit: Visit
  readonly question: string
  readonly partition: Partition
  readonly places: Asked<Places>
  readonly client: string
  readonly fields: Fields
}

const WhoGetsWhat = ({
  visit,
  question,
  partition: { parts, cut },
  places,
  client,
  fields: { ecs, country },
}: WhoProps) => {
  if (!parts.ok) {
    return (
      <Panel id="who" title="Who gets what">
        <Note kind="problem">{parts.error.why}</Note>
      </Panel>
    )
  }
  const numbers = new ShareNumbers()
  const reaches = reachesOf(parts.value, numbers)
  const located = ecs.replace(/\/.*/, '') || client
  // The place of a connection counts for it alone: no network has it.
  const own = country === '' ? networkOf(located, parts.value) : undefined
  const ownNumber = own === undefined || own.several ? undefined : numbers.of(own)
  const shares = [...numbers.shares]
  return (
    <>
      <Distribution reaches={reaches} />
      <Panel id="who" title="Who gets what">
        {cut && <TooLarge why={cut.why} depth={cut.depth} />}
        {places.ok && places.value.countries && (
          <p class="help">
            Networks are at the places that the deployment's database has for them. Without one every network is at no
            known place.
          </p>
        )}
        <div class="who-columns">
          <HilbertMap
            id="map"
            label="Hilbert map of IPv4 by branch"
            data={{
              source: { query: question },
              shares,
              client: located.includes(':') ? null : located,
              otherwise: 'nothing is known',
            }}
          />
          <div>
            <h3>Branches</h3>
            <Branches reaches={reaches} own={ownNumber} />
          </div>
        </div>
        <h3>Networks</h3>
        <Networks parts={parts.value} numbers={numbers} url={visit.url} own={own?.prefix} />
      </Panel>
      {places.ok ? (
        <World places={places.value} numbers={numbers} client={client} />
      ) : (
        <Panel id="world" title={`What ${client} would get, by place`}>
          <Note kind="problem">{places.error.why}</Note>
        </Panel>
      )}
    </>
  )
}

/** Returns the network that has a client. */
function networkOf(client: string, parts: readonly Part[]): Part | undefined {
  const address = parseAddress(client)
  if (!address.ok) return undefined
  const byPrefix = new Map(parts.map((part) => [part.prefix, part]))
  for (let length = addressBits(address.value.family); length >= 0; length--) {
    const found = byPrefix.get(formatPrefix(maskAddress(address.value, length)))
    if (found) return found
  }
  return undefined
}

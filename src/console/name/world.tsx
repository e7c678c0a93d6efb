/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Places } from '../../explain/index.ts'
import { WORLD_SVG } from '../../static/index.ts'
import type { ShareNumbers } from '../map/index.ts'
import { Panel, Table } from '../parts/index.ts'
import { answersText } from './branches.tsx'
import { looksOf, Swatch, Told } from './swatch.tsx'

type WorldProps = { readonly places: Places; readonly numbers: ShareNumbers; readonly client: string }

/** Shows what the client would get anywhere in the world: by country, by distance, or both. */
export const World = ({ places, numbers, client }: WorldProps) => {
  const { countries, grid, shares, spots } = places
  if (!countries) return null
  const numberOf = (index: number): number => numbers.of(shares[index] ?? { branch: '', answers: [] })
  const usual = mostOf(Object.values(countries))
  const isSameEverywhere = new Set(Object.values(countries)).size === 1
  return (
    <Panel id="world" title={`What ${client} would get, by place`} aside={grid ? 'by distance' : 'by country'}>
      <svg
        class="world"
        viewBox="0 0 720 360"
        role="img"
        aria-label="A map of the world, coloured by branch; the table below has the same"
      >
        {grid && <Regions grid={grid} numberOf={numberOf} />}
        {Object.entries(countries).map(([code, index]) => (
          <use
            href={`${WORLD_SVG}#${code}`}
            class={grid && (isSameEverywhere || index === usual) ? 'outline' : `country ${looksOf(numberOf(index))}`}
          >
            <title>{nameOf(code)}</title>
          </use>
        ))}
        <use href={`${WORLD_SVG}#other`} class="outline" />
        {spots.map(({ name, latitude, longitude }) => (
          <circle class="spot" cx={String(xOf(longitude))} cy={String(yOf(latitude))} r="4">
            <title>{name}</title>
          </circle>
        ))}
      </svg>
      {spots.length > 0 && (
        <p class="help">
          Distances are measured to the dots:{' '}
          {spots
            .map(
              ({ name, latitude, longitude }) =>
                `${name} (${angleText(latitude, 'NS')}, ${angleText(longitude, 'EW')})`,
            )
            .join('; ')}
          .
        </p>
      )}
      <Table
        caption="Branches by place"
        head={['Branch', 'Answers, and what decides', 'Where']}
        rows={shares.map((share, index) => [
          <Swatch number={numberOf(index)} />,
          <Told branch={share.branch} answers={answersText(share)} />,
          <Where places={places} index={index} usual={usual} />,
        ])}
      />
    </Panel>
  )
}

type Grid = NonNullable<Places['grid']>

/** The regions by distance, a path for each branch: cells of a row that are alike are one rectangle. */
const Regions = ({
  grid: { step, cells },
  numberOf,
}: {
  readonly grid: Grid
  readonly numberOf: (index: number) => number
}) => {
  const across = 360 / step
  const size = step * 2
  const paths = new Map<number, string>()
  for (let at = 0; at < cells.length; ) {
    const row = Math.floor(at / across)
    let end = at + 1
    while (end < (row + 1) * across && cells[end] === cells[at]) end++
    const index = cells[at] as number
    const rectangle = `M${(at % across) * size} ${row * size}h${(end - at) * size}v${size}h-${(end - at) * size}z`
    paths.set(index, `${paths.get(index) ?? ''}${rectangle}`)
    at = end
  }
  return (
    <>
      {[...paths].map(([index, path]) => (
        <path class={`region ${looksOf(numberOf(index))}`} d={path} />
      ))}
    </>
  )
}

/** Countries that are written out; the others are counted, and open. */
const MOST_COUNTRIES = 12

type WhereProps = { readonly places: Places; readonly index: number; readonly usual: number }

const Where = ({ places: { countries, grid }, index, usual }: WhereProps) => {
  const named = Object.entries(countries ?? {}).flatMap(([code, other]) => (other === index ? [nameOf(code)] : []))
  const cells = grid?.cells.filter((one) => one === index).length ?? 0
  const part = cells > 0 && grid ? `${Math.round((cells / grid.cells.length) * 100)} % of the map` : ''
  if (grid && index === usual)
    return <>{[part, 'where no coordinates are known'].filter((one) => one !== '').join('; ')}</>
  if (named.length <= MOST_COUNTRIES) return <>{[part, named.join(', ')].filter((one) => one !== '').join('; ')}</>
  return (
    <details>
      <summary>{`${named.length} countries`}</summary>
      {named.join(', ')}
    </details>
  )
}

/** Returns the number that most have. */
function mostOf(numbers: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0
}

const NAMES = new Intl.DisplayNames('en', { type: 'region' })

const nameOf = (code: string): string => NAMES.of(code) ?? code

/** Writes degrees as on maps: `50.1° N`. @param sides the letters of what is above 0 and below */
const angleText = (degrees: number, sides: 'NS' | 'EW'): string =>
  `${Number(Math.abs(degrees).toFixed(1))}° ${degrees < 0 ? sides[1] : sides[0]}`

/** The picture has two units a degree, from 180° W and 90° N on. */
const xOf = (longitude: number): number => Math.round((longitude + 180) * 2)
const yOf = (latitude: number): number => Math.round((90 - latitude) * 2)

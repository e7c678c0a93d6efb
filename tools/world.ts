import { readFileSync } from 'node:fs'
import { type ExtendedFeature, geoCentroid, geoEquirectangular, geoPath } from 'd3-geo'
import iso from 'i18n-iso-countries'
import { feature } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'

/** The picture's size: half a degree a unit. */
const WIDTH = 720
const HEIGHT = WIDTH / 2

/** The radius of the dot of a country that is too small for an outline. */
const DOT = 2

type Names = { readonly name: string }
type Atlas = Topology<{ readonly countries: GeometryCollection<Names> }>
type Country = ExtendedFeature & { readonly id?: string | number | undefined; readonly properties: Names }

/**
 * Returns the outlines of all countries, each with its code as its id: pages show and colour them one by one. They are
 * Natural Earth's, which is in the public domain.
 */
export function worldSvg(): string {
  const outline = geoPath(
    geoEquirectangular()
      .scale(WIDTH / 2 / Math.PI)
      .translate([WIDTH / 2, HEIGHT / 2]),
  ).digits(0)
  const shapes = new Map<string, string>()
  let nameless = ''
  for (const country of countriesOf('110m')) {
    const path = outline(country) ?? ''
    const code = codeOf(country)
    if (code === undefined) nameless += path
    else shapes.set(code, `<path id="${code}" d="${path}"/>`)
  }
  for (const country of countriesOf('50m')) {
    const code = codeOf(country)
    if (code === undefined || shapes.has(code)) continue
    const [longitude, latitude] = geoCentroid(country)
    const [x, y] = [(longitude + 180) * 2, (90 - latitude) * 2].map(Math.round)
    shapes.set(code, `<circle id="${code}" cx="${x}" cy="${y}" r="${DOT}"/>`)
  }
  const sorted = [...shapes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, shape]) => shape)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
    '<!-- Made with Natural Earth -->',
    ...sorted,
    `<path id="other" d="${nameless}"/>`,
    '</svg>',
  ].join('\n')
}

function countriesOf(scale: '110m' | '50m'): readonly Country[] {
  const file = new URL(`../node_modules/world-atlas/countries-${scale}.json`, import.meta.url)
  const atlas = JSON.parse(readFileSync(file, 'utf8')) as Atlas
  return feature(atlas, atlas.objects.countries).features as readonly Country[]
}

/** Returns the code of ISO 3166-1, and Kosovo's, which is none; undefined for land that has none. */
function codeOf({ id, properties: { name } }: Country): string | undefined {
  if (id === undefined) return name === 'Kosovo' ? 'XK' : undefined
  return iso.numericToAlpha2(id)
}

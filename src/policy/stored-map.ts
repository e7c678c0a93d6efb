import { Damaged, listOf, maybe, textOf, wholeOf } from '../stored-value.ts'
import { AUTO, type DatacenterMap, datacenterMap } from './datacenter-orders.ts'
import { type Keeper, type Kept, loadText, loadTexts, storeText, storeTexts } from './stored.ts'
import { loadLevels, storeLevels } from './stored-levels.ts'
import { loadCoordinates, storeCoordinates } from './stored-nearest.ts'
import { loadScopeMap, soundScopeMap, storeScopeMap } from './stored-scope-map.ts'

/** Returns the JSON value of a map. Policies name the map: a zone stores it once. */
export function storeMap(map: DatacenterMap, keeper: Keeper): unknown {
  const { name, id, datacenters, levels, coordinates, limit, networks, scopes, orders } = map
  return [
    name,
    storeText(id, keeper),
    datacenters,
    storeLevels(levels),
    coordinates.map((known) => (known ? storeCoordinates(known) : null)),
    limit,
    storeTexts(networks, keeper),
    storeScopeMap(scopes, keeper),
    storeTexts(orders, keeper),
  ]
}

/** Loads a map. Throws on what `storeMap` did not write. */
export function loadMap(value: unknown, kept: Kept): DatacenterMap {
  const [name, id, names, levels, coordinates, limit, texts, scopes, stored] = listOf(value)
  const datacenters = listOf(names).map(textOf)
  const known = listOf(coordinates).map((one) => maybe(one, loadCoordinates))
  const networks = loadTexts(texts, kept)
  const orders = loadTexts(stored, kept)
  if (known.length !== datacenters.length || orders.length !== networks.length)
    throw new Damaged('coordinates for each datacenter, and an order for each network')
  const order = (one: unknown): string => loadOrder(one, datacenters.length)
  return datacenterMap({
    name: textOf(name),
    id: loadText(id, kept),
    datacenters,
    levels: loadLevels(levels, (one) => (one === AUTO ? AUTO : order(one))),
    coordinates: known,
    limit: wholeOf(limit, 0, Number.MAX_VALUE),
    networks,
    scopes: soundScopeMap(loadScopeMap(scopes, kept), networks.length),
    orders: Array.from({ length: orders.length }, (_, i) => order(orders.at(i))),
  })
}

function loadOrder(value: unknown, datacenters: number): string {
  const order = textOf(value)
  if (order !== '') for (const index of order.split(',')) wholeOf(Number(index), 0, datacenters - 1)
  return order
}

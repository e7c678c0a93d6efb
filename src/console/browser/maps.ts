import type { MapData } from '../map/index.ts'
import { dataOf } from './island.ts'
import { HilbertMap } from './map.ts'

for (const root of document.querySelectorAll<HTMLElement>('.map')) {
  new HilbertMap(root, dataOf<MapData>(`${root.id}-data`)).show()
}

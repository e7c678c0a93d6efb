import type { MapData } from '../name/map-data.ts'
import { dataOf } from './island.ts'
import { HilbertMap } from './map.ts'

if (document.getElementById('map')) new HilbertMap(dataOf<MapData>('map-data')).show()

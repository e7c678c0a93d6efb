/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { IslandData } from '../parts/index.ts'
import type { MapData } from './map-data.ts'

/** The place of the map, which its script draws: the list below it has the same without one. */
export const MapFrame = (data: MapData) => (
  <div class="map" id="map" data-with-script hidden>
    <div class="map-bar">
      <button type="button" class="plain" id="map-out">
        Zoom out
      </button>
      <button type="button" class="plain" id="map-in">
        Zoom in
      </button>
      <span id="map-view" class="mono" />
    </div>
    <div
      id="map-frame"
      class="map-frame"
      tabindex={0}
      role="application"
      aria-label="Hilbert map of IPv4 by branch"
      aria-describedby="map-help"
    >
      <canvas id="map-colours" class="map-colours" width="512" height="512" />
      <canvas id="map-marks" class="map-marks" width="1024" height="1024" />
    </div>
    <p id="map-cell" class="map-cell" />
    <ul id="map-legend" class="map-legend" aria-label="Branches in this view" />
    <p class="help" id="map-help">
      Each address has its place on a Hilbert curve, so that each network is a square or two. Arrow keys move the
      cursor, Enter zooms in, Escape zooms out; a click zooms in. A chequered cell has several branches: zoom in to see
      them, down to /24.
    </p>
    <IslandData id="map-data" value={data} />
  </div>
)

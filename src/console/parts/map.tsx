/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { MapData } from '../map/index.ts'
import { IslandData } from './island.tsx'

type HilbertMapProps = {
  /** One of its own for each map of a page. */
  readonly id: string
  /** The name of the map, which is read aloud. */
  readonly label: string
  readonly data: MapData
}

/**
 * The place of a Hilbert map of IPv4, which the script CONSOLE_MAP_JS draws, with the style CONSOLE_MAP_CSS. The page
 * has the same as a list, for those without a script.
 */
export const HilbertMap = ({ id, label, data }: HilbertMapProps) => (
  <div class="map" id={id} data-with-script hidden>
    <div class="map-bar">
      <button type="button" class="plain map-out">
        Zoom out
      </button>
      <button type="button" class="plain map-in">
        Zoom in
      </button>
      <span class="map-view mono" />
    </div>
    <div class="map-frame" tabindex={0} role="application" aria-label={label} aria-describedby={`${id}-help`}>
      <canvas class="map-colours" width="512" height="512" />
      <canvas class="map-marks" width="1024" height="1024" />
    </div>
    <p class="map-cell" />
    <ul class="map-legend" aria-label="Branches in this view" />
    <p class="help" id={`${id}-help`}>
      Each address has its place on a Hilbert curve, so that each network is a square or two. Arrow keys move the
      cursor, Enter zooms in, Escape zooms out; a click zooms in. A chequered cell has several branches: zoom in to see
      them, down to /24.
    </p>
    <IslandData id={`${id}-data`} value={data} />
  </div>
)

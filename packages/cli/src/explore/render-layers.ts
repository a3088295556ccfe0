import { printable, printableLine } from '../printable.ts';
import { formatBytes } from '../progress.ts';
import { fit } from './cells.ts';
import type { ExploreState } from './explore-state.ts';
import type { Paint } from './paint.ts';

/** The left side of the screen: the layers, and what there is to say of the one that is looked from. */
export function renderLayers(state: ExploreState, width: number, height: number, paint: Paint): string[] {
  if (width <= 0) return [];
  const { image, view, focus } = state;
  const details = detailLines(state, width, Math.max(0, Math.min(12, Math.floor(height / 2))));
  const listed = Math.max(1, height - 1 - details.length);
  const top = Math.max(0, Math.min(view.layer - Math.floor(listed / 2), image.layers.length - listed));
  const rows = Array.from({ length: listed }, (_, index) => {
    const layer = image.layers[top + index];
    if (layer === undefined) return fit('', width);
    const number = top + index;
    const text = `${`${number + 1}`.padStart(3)} ${formatBytes(layer.size).padStart(8)}  ${printableLine(layer.instruction)}`;
    if (number === view.layer) return paint(fit(text, width), 'selected', focus === 'layers' ? 'bold' : 'dim');
    // Layers above are not in what is shown.
    return paint(fit(text, width), number > view.layer ? 'dim' : undefined);
  });
  const head = paint(fit('  #     SIZE  LAYER', width), focus === 'layers' ? 'bold' : 'dim');
  return [head, ...rows, ...details.map((line) => paint(fit(line, width), 'dim'))];
}

function detailLines({ image, view }: ExploreState, width: number, height: number): string[] {
  const layer = image.layers[view.layer];
  if (layer === undefined || height < 4) return [];
  const words = printable(layer.instruction).replace(/\s+/g, ' ');
  const wrapped: string[] = [];
  for (let at = 0; at < words.length; at += width - 2) wrapped.push(` ${words.slice(at, at + width - 2)}`);
  return [
    '─'.repeat(width),
    ` ${formatBytes(layer.stored)} stored, ${formatBytes(layer.size)} uncompressed`,
    ` ${layer.digest}`,
    ...wrapped,
  ].slice(0, height);
}

// Preloaded into the recorded program: gives it one of its modules with a fault in it.
import { registerHooks } from 'node:module';
import type { Fault } from './faults.ts';

const { file, start, end, text } = JSON.parse(process.env.CRASH_FAULT ?? '{}') as Fault;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(`/${file}`)) return loaded;
    const source = Buffer.from((loaded.source ?? '') as string | Uint8Array).toString('utf8');
    return { ...loaded, source: source.slice(0, start) + text + source.slice(end) };
  },
});

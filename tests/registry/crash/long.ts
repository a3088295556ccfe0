// `npm run crash:registry -- [--schedules 10000] [--seed 1] [--scenarios 16] [--workers 2]`; the other options are those of tests/crash/long.ts.
import { runLongMode } from '../../crash/long-mode.ts';
import { registry } from './registry.ts';

await runLongMode(registry, import.meta.url, 10_000);

// `npm run crash -- [--schedules 100000] [--seed 1] [--scenarios 24] [--workers 2]` runs the schedules of so many seeds, from this one on,
// and prints what it found. With `--prefixes` it also runs every prefix of every trace, once with nothing and once with all of what was not
// synced; `--faults` plants every fault and looks for it. `--recording`, `--scenario` and `--schedule`, as a report gives them, repeat one crash.
import { runLongMode } from './long-mode.ts';
import { stores } from './stores.ts';

await runLongMode(stores, import.meta.url, 100_000);

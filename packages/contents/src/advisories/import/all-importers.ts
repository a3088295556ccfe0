import { alpineSecdb } from './alpine-secdb.ts';
import { cisaKev } from './cisa-kev.ts';
import { debianTracker } from './debian-tracker.ts';
import { epss } from './epss.ts';
import type { Importer } from './importer.ts';
import { osv } from './osv.ts';

/** Who reads which documents; the first that recognises one does. */
export const allImporters: readonly Importer[] = [osv, alpineSecdb, cisaKev, epss, debianTracker];

import type { Importer, Statement } from './importer.ts';

/** FIRST's exploit prediction scores, one line for each CVE: `#model_version:…`, `cve,epss,percentile`, then `CVE-2024-3094,0.84,0.99`. */
export const epss: Importer = {
  name: 'FIRST EPSS',
  recognises: (document) =>
    typeof document === 'string' && /^(?:#model_version[^\n]*\r?\n)?cve,epss\b/.test(document.slice(0, 500)),
  *read(document): Generator<Statement> {
    for (const [, cve = '', score = ''] of String(document).matchAll(/^(CVE-\d+-\d+),([\d.eE+-]+)/gm)) {
      const probability = Number(score);
      if (probability >= 0 && probability <= 1) yield { kind: 'exploitation', cve, epss: probability };
      else yield { kind: 'warning', message: `${cve}: its probability ${score} is none` };
    }
  },
};

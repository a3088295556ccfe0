// Texts that would steer a terminal, forge a line or become markup, wherever an image can have text.
import { makeZip } from '../../../../packages/contents/src/testing/make-zip.ts';
import { file, type HostileCase, program } from '../hostile-case.ts';

/** What no output may have as it is. Each is in every text below. */
export const forgedLine = 'FORGED: all is well';
export const forgedMarkup = '<img src=x onerror=forged()>';

/** Escapes of a terminal in both forms, a bell, line breaks, marks that turn the direction, markup of all kinds. */
export const evil: string =
  `evil\x1b[2J\x1b]0;title\x07\x9b31m\u202e\u2066\u200b\r\n${forgedLine}\n::error::x\n` +
  `${forgedMarkup}</script><script>forged()</script>"'\`--><![CDATA[]]>|[x](javascript:forged()) @owner \u0000\ufeff\ud800`;

const oneLine = evil.replaceAll(/[\r\n]/g, '\v');
const longPath = `${'d'.repeat(250)}/`.repeat(15) + 'f'.repeat(200);
const osRelease = `ID=debian\nVERSION_ID="12"\nNAME="${oneLine}"\nPRETTY_NAME="${oneLine}"\nVERSION="${oneLine}"\n`;
const json = (members: object): string => JSON.stringify({ name: 'evil', version: '1.0.0', ...members });

export const textCases: readonly HostileCase[] = [
  {
    name: 'names, versions, licenses, paths, labels and history that steer terminals',
    config: {
      created: '2024-01-02T03:04:05Z',
      author: evil,
      config: {
        User: evil,
        Env: [`PASSWORD=${evil}`, `AWS_SECRET_ACCESS_KEY=${'aB3'.repeat(13)}x${evil}`, `${evil}=1`],
        Labels: { [evil]: evil, 'org.opencontainers.image.title': evil },
        Entrypoint: [evil],
        WorkingDir: evil,
        ExposedPorts: { [evil]: {} },
        Volumes: { [evil]: {} },
      },
      history: Array.from({ length: 4 }, () => ({ created_by: `RUN curl ${evil} | sh`, comment: evil, author: evil })),
    },
    layers: () => [
      [
        file('etc/os-release', osRelease),
        file(
          'var/lib/dpkg/status.d/a',
          `Package: ${oneLine}\nVersion: 1${oneLine}\nSource: ${oneLine}\nMaintainer: ${oneLine}\nArchitecture: ${oneLine}\n`,
        ),
        file('var/lib/dpkg/status.d/b', 'Package: openssl\nVersion: 1.1.1-1\nArchitecture: amd64\n'),
        file('var/lib/dpkg/status.d/c', Buffer.from('Package: bytes\xff\xfe\x80\nVersion: 1\xff-1\n', 'latin1')),
        file(`usr/share/doc/${'openssl'}/copyright`, `License: ${oneLine}\n`),
        file('usr/lib/apk/db/installed', `P:${oneLine}\nV:1.0-r0${oneLine}\no:${oneLine}\nL:${oneLine}\n\n`),
      ],
      [
        file(
          `a/${evil.replaceAll('\u0000', '').replaceAll('\ud800', '')}/node_modules/evil/package.json`,
          json({ license: evil }),
        ),
        file(
          'a/node_modules/lodash/package.json',
          JSON.stringify({ name: 'lodash', version: '4.17.0', license: evil }),
        ),
        file('a/node_modules/c/package.json', json({ name: evil, version: evil })),
        file(`b/${longPath}/node_modules/evil/package.json`.slice(-4000), json({})),
        file('c/x\udcff\udcfe\u202ey/node_modules/bytes/package.json', json({ name: 'bytes' })),
        file('c/broken\x1b[2J\n\u202e/node_modules/evil/package.json', '{"name":'),
      ],
      [
        file(
          'p/a.dist-info/METADATA',
          `Name: jinja2\nVersion: 2.4\nLicense: ${oneLine}\nClassifier: License :: ${oneLine}\n`,
        ),
        file(
          'g/specifications/a-1.gemspec',
          `Gem::Specification.new do |s|\ns.name = "a".freeze\ns.version = "1"\ns.licenses = ["${oneLine.replaceAll('"', '')}"]\nend\n`,
        ),
        file(
          'h/composer/installed.json',
          JSON.stringify({
            packages: [
              { name: evil, version: evil },
              { name: 'a/b', version: '1', license: [evil] },
            ],
          }),
        ),
        file(
          'k/conda-meta/a.json',
          JSON.stringify({ name: 'a', version: '1', license: evil, url: evil, channel: evil }),
        ),
        file(
          'j/evil.jar',
          makeZip([
            {
              name: 'META-INF/maven/a/b/pom.properties',
              content: `groupId=${oneLine}\nartifactId=b\nversion=1${oneLine}\n`,
            },
            { name: `${evil}.jar`, content: 'no jar' },
            { name: 'META-INF/MANIFEST.MF', content: `Bundle-License: ${oneLine}\nImplementation-Title: ${oneLine}\n` },
          ]),
        ),
        file(`j/evil\x1b[31m\u202e-1.0.jar`, makeZip([{ name: 'META-INF/MANIFEST.MF', content: 'x' }])),
      ],
      [
        file(
          `s/evil\x1b[2J\n${forgedLine}\n/id_rsa`,
          `-----BEGIN ${'RSA'} PRIVATE KEY-----\n${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\n'.repeat(12)}-----END ${'RSA'} PRIVATE KEY-----\n`,
        ),
        file('s/config', `password = "${evil}Xk29fjQw8slZpq71${evil}"\n`),
        program(`s/evil\x1b[2J\u202e/setuid`, Buffer.from('x')),
      ],
    ],
    warned: ['broken'],
    found: ['openssl', 'lodash', 'jinja2'],
  },
];

/** A program that says its version in its own bytes. */
export interface KnownProgram {
  /** As vulnerability databases call the product. */
  readonly name: string;
  /** Matches the file's name; of a text file, its path from one of its folders on. Groups may be used in what is searched. */
  readonly file: RegExp;
  /** The last part of the path of a text file, which is read from its start; all others are ELF files, of which constants are searched. */
  readonly text?: string | undefined;
  /** What stands beside the version and is searched first; `$1` is the group of `file`. */
  readonly anchor: string;
  /** Has the version as its group; must match within 256 bytes, with the anchor in it. A zero byte ends a text. `$1` as above. */
  readonly version: string;
  /** The version must stand alone as well, for it is not clear where it ends. */
  readonly alone?: true | undefined;
}

const V = String.raw`(\d+\.\d+\.\d+)`;

/**
 * Runtimes and servers that are often installed without a package manager. An entry belongs here when a real file was seen to hold it, and
 * nothing else of that form. Programs in Go are not here: what their linker notes says more.
 */
export const programs: readonly KnownProgram[] = [
  { name: 'node', file: /^(?:node|nodejs)$/, anchor: 'node.js/v', version: String.raw`node\.js/v${V}` },
  {
    // Linkers keep a text that is the end of another as that: the folder of an installation is often named after the version.
    name: 'python',
    file: /^(?:lib)?python(\d\.\d+)[a-z]?(?:\.so\.1\.0)?$/,
    anchor: '$1.',
    version: String.raw`[\0/]($1\.\d+(?:(?:a|b|rc)\d+)?)\+?\0`,
  },
  {
    name: 'perl',
    file: /^(?:perl[\d.]*|libperl\.so\.[\d.]+)$/,
    anchor: '\0v5.',
    version: String.raw`\0v(5\.\d+\.\d+)\0`,
  },
  {
    name: 'ruby',
    file: /^(?:ruby[\d.]*|libruby[-.\w]*\.so\.[\d.]+)$/,
    anchor: '\0ruby ',
    version: String.raw`\0ruby ${V}[a-z]\w* \(\d{4}-`,
  },
  {
    name: 'php',
    file: /^(?:php[\d.]*|php-(?:cgi|fpm)[\d.]*|php-fpm[\d.]*|libphp[\d.]*\.so)$/,
    anchor: 'X-Powered-By: PHP/',
    version: `X-Powered-By: PHP/${V}`,
  },
  { name: 'lua', file: /^lua[\d.]*$/, anchor: '$LuaVersion: Lua ', version: String.raw`\$LuaVersion: Lua ${V} ` },
  { name: 'bash', file: /^bash$/, anchor: '@(#)Bash version ', version: String.raw`@\(#\)Bash version ${V}\(` },
  { name: 'busybox', file: /^busybox(?:[-.]\w+)?$/, anchor: 'BusyBox v', version: `BusyBox v${V}` },
  { name: 'git', file: /^git$/, anchor: 'git/', version: String.raw`(?:^|[^\w./-])git/${V}` },
  { name: 'curl', file: /^curl$/, anchor: '\0curl/', version: String.raw`\0curl/${V}` },
  { name: 'curl', file: /^libcurl[-\w]*\.so\.[\d.]+$/, anchor: 'libcurl/', version: `libcurl/${V}` },
  {
    name: 'openssl',
    file: /^(?:openssl|libcrypto\.so\.[\d.]+)$/,
    anchor: 'OpenSSL ',
    version: String.raw`OpenSSL (\d+\.\d+\.\d+[a-z]*) +\d{1,2} [A-Z][a-z]{2} \d{4}`,
  },
  {
    name: 'zlib',
    file: /^libz\.so\.[\d.]+$/,
    anchor: ' deflate ',
    version: String.raw` deflate (\d+\.\d+(?:\.\d+)+) Copyright `,
  },
  {
    name: 'glibc',
    file: /^(?:libc\.so\.6|libc-2\.\d+\.so)$/,
    anchor: ' release version ',
    version: String.raw`GNU C Library [^\0\n]{0,64} release version (\d+\.\d+(?:\.\d+)?)[.,]`,
  },
  {
    name: 'nginx',
    file: /^(?:nginx|nginx-debug|openresty)$/,
    anchor: 'nginx version: nginx/',
    version: `nginx version: nginx/${V}`,
  },
  { name: 'httpd', file: /^(?:httpd|apache2)$/, anchor: '\0Apache/', version: String.raw`\0Apache/${V}` },
  { name: 'lighttpd', file: /^lighttpd$/, anchor: '\0lighttpd/', version: String.raw`\0lighttpd/${V}` },
  {
    name: 'haproxy',
    file: /^haproxy$/,
    anchor: ', released ',
    version: String.raw` version (\d+\.\d+\.\d+)[^\0,]{0,40}, released `,
  },
  { name: 'varnish', file: /^varnishd$/, anchor: 'varnish-', version: `varnish-${V} revision ` },
  { name: 'memcached', file: /^memcached$/, anchor: '\0memcached ', version: String.raw`\0memcached ${V}` },
  {
    // The version, the machine and second of the build, and the commit, with nothing between.
    name: '$1',
    file: /^(redis|valkey)-(?:server|cli|benchmark|check-rdb|check-aof|sentinel)$/,
    anchor: '00000000\0',
    version: String.raw`(\d+\.\d+\.\d{1,3}?)(?:[\w.-]{1,64}-)?\d{10}[01]00000000\0`,
    alone: true,
  },
  {
    name: 'postgresql',
    file: /^postgres$/,
    anchor: '\0PostgreSQL ',
    version: String.raw`\0PostgreSQL (\d+(?:\.\d+){1,2}|\d+(?:beta|rc)\d+)[ \0]`,
  },
  { name: 'mariadb', file: /^(?:mariadbd?|mysqld?)$/, anchor: '-MariaDB', version: String.raw`\0${V}-MariaDB` },
  {
    name: 'go',
    file: /^go[-.\d]*\/VERSION$/,
    text: 'VERSION',
    anchor: 'go',
    version: String.raw`^go(\d+\.\d+(?:\.\d+)?(?:(?:rc|beta)\d+)?)(?:\s|$)`,
  },
  {
    name: 'openjdk',
    file: /^[^/]+\/release$/,
    text: 'release',
    anchor: 'JAVA_VERSION="',
    version: String.raw`(?:^|\n)JAVA_VERSION="(\d[\w.+-]{0,63})"`,
  },
  {
    name: 'erlang',
    file: /^releases\/\d+\/OTP_VERSION$/,
    text: 'OTP_VERSION',
    anchor: '',
    version: String.raw`^(\d+\.\d+(?:\.\d+)*)\s*$`,
  },
  {
    name: 'rabbitmq',
    file: /^ebin\/rabbit\.app$/,
    text: 'rabbit.app',
    anchor: '{vsn,',
    version: String.raw`\{vsn,\s*"${V}"\}`,
  },
  {
    name: 'wordpress',
    file: /^wp-includes\/version\.php$/,
    text: 'version.php',
    anchor: '$wp_version',
    version: String.raw`\n\$wp_version\s*=\s*'(\d+\.\d+(?:\.\d+)?)'`,
  },
];

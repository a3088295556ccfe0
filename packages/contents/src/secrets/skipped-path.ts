// Where secrets are not looked for. What packages and distributions ship is the same for everybody who has it, so nothing in it is secret;
// what looks so are examples, test keys, hashes and translations of the word "password".

/** Databases and data of the system, which nobody writes a secret to. */
const system =
  /^(?:var\/lib\/(?:dpkg|apt|rpm|pacman|yum|dnf)\/|lib\/apk\/db\/|usr\/lib\/(?:apk\/db|sysimage\/rpm)\/|var\/cache\/(?:apt|debconf|apk|ldconfig|man|fontconfig)\/|usr\/share\/(?:zoneinfo|locale|i18n|doc|man|info|fonts|icons|mime|misc|terminfo|ca-certificates|licenses|common-licenses|bash-completion|zsh|vim|perl|perl5|pixmaps|sounds|X11|gtk-doc|help|lintian|python3?|nodejs|pki|p11-kit)\/|etc\/(?:ssl\/certs|ca-certificates|pki\/(?:ca-trust|tls\/certs)|alternatives|ld\.so\.cache|mime\.types|services|protocols)(?:\/|$)|usr\/lib\/(?:locale|gconv|python3(?:\.\d+)?|perl|ssl|ruby|node_modules|git-core|modules|firmware|udev|systemd)\/|usr\/lib\/[a-z0-9_-]+\/(?:perl|gconv|perl-base)\/|usr\/include\/|usr\/src\/|boot\/)/;

/** Tests, examples, manuals and data of what package managers install. */
const vendored =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor\/bundle|gems|vendor|\.cargo\/registry|\.m2\/repository)\/.*(?:(?:^|\/)(?:tests?|testing|testdata|__tests__|specs?|fixtures?|examples?|samples?|docs?|benchmarks?|mocks?|botocore\/data|cfnlint\/data)\/|[._-](?:test|spec)s?\.[a-z]+$|\.(?:md|markdown|rst|txt|adoc|html?|d\.[mc]?ts|map|pot?|pyi)$|(?:^|\/)(?:README|CHANGELOG|HISTORY|LICENSE)[^/]*$)|\.(?:dist|egg)-info\//;

/** Languages as they are installed, and what was downloaded of public source code. */
const languages =
  /^usr\/local\/(?:go\/|lib\/node_modules\/(?:npm|corepack)\/|lib\/ruby\/\d|include\/|share\/(?:doc|man|perl)\/)|^opt\/(?:yarn-v|java|jdk|openjdk)|^usr\/lib\/(?:jvm|go|gems)|(?:^|\/)lib\/python\d[\d.]*\/(?!site-packages\/|dist-packages\/)|(?:^|\/)(?:go\/pkg\/mod|\.rustup\/toolchains|\.cache\/go-build)\//;

/** Lists of hashes: nothing in them is a secret, and all of it looks like chance. */
const hashes =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|\.package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|go\.sum|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|composer\.lock|Gemfile\.lock|RECORD|MANIFEST\.MF|[^/]*\.(?:sha\d+(?:sums?)?|md5(?:sums?)?|asc|sig|crt|cer|pem\.sha256|svg|css|woff2?|ttf|png|jpe?g|gif|ico|mo|gmo))$/;

/** Whether the content of a file is not looked at. `alsoVendored` looks at what others ship, too. */
export function isSkipped(path: string, alsoVendored: boolean): boolean {
  if (system.test(path) || hashes.test(path)) return true;
  return !alsoVendored && (vendored.test(path) || languages.test(path));
}

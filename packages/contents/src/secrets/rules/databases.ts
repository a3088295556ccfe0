import type { SecretRule } from '../rule.ts';
import { noMore, token } from './shapes.ts';

const user = '[^\\s/:"\'<>`?#@{}()]{0,100}';
const password = '([^\\s/"\'<>`?#@{}()]{3,200})';

/** Addresses with a password, and keys of databases. */
export const databases: readonly SecretRule[] = [
  ...[
    ['postgres-url', 'PostgreSQL', ['postgres://', 'postgresql://'], 'postgres(?:ql)?'],
    ['mysql-url', 'MySQL', ['mysql://', 'mysql2://', 'mariadb://'], '(?:mysql2?|mariadb)'],
    ['mongodb-url', 'MongoDB', ['mongodb://', 'mongodb+srv://'], 'mongodb(?:\\+srv)?'],
    ['redis-url', 'Redis', ['redis://', 'rediss://'], 'rediss?'],
    ['amqp-url', 'AMQP', ['amqp://', 'amqps://'], 'amqps?'],
    ['mssql-url', 'SQL Server', ['mssql://', 'sqlserver://'], '(?:mssql|sqlserver)'],
    ['clickhouse-url', 'ClickHouse', ['clickhouse://'], 'clickhouse'],
    ['ldap-url', 'LDAP', ['ldap://', 'ldaps://'], 'ldaps?'],
    ['smtp-url', 'SMTP', ['smtp://', 'smtps://'], 'smtps?'],
    ['ftp-url', 'FTP', ['ftp://', 'ftps://', 'sftp://'], '(?:s?ftp|ftps)'],
  ].map(([id, name, keywords, scheme]): SecretRule => {
    const [first = ''] = keywords as string[];
    return {
      id: id as string,
      title: `Password in a ${name} address`,
      severity: 'high',
      keywords: keywords as string[],
      pattern: `${scheme}://${user}:${password}@`,
      ignoreCase: true,
      within: true,
      gate: 'userinfo',
      judge: 'password',
      entropy: 2,
      finds: [`URL=${first}app:{alnum:12}@db.example.org/app`],
      ignores: [`${first}app@db.example.org`, `${first}app:\${PASSWORD}@db`, `${first}user:password@localhost/db`],
    };
  }),
  {
    id: 'url-password',
    title: 'Password in an address',
    severity: 'high',
    keywords: ['http://', 'https://', 'git+https://'],
    pattern: `(?:git\\+)?https?://${user}:${password}@`,
    ignoreCase: true,
    within: true,
    gate: 'userinfo',
    judge: 'password',
    entropy: 2.5,
    finds: ['git clone https://deploy:{alnum:20}@git.example.org/app.git', 'http://admin:{alnum:10}@10.0.0.1/'],
    ignores: ['https://user:pass@host/', 'https://example.org/a:b@c', 'http://user:%s@host', 'https://u:$TOKEN@host/'],
  },
  token('jdbc-password', 'high', 'Password in a JDBC address', {
    token: 'jdbc:[a-z]{2,20}:[^\\s"\'<>?;]{1,200}[?;](?:[^\\s"\'<>&;]{1,60}[&;]){0,4}password=([^\\s"\'<>&;]{4,100})',
    keywords: ['jdbc:'],
    ignoreCase: true,
    judge: 'password',
    entropy: 2,
    finds: ['jdbc:postgresql://db:5432/app?user=app&password={alnum:12}'],
    ignores: ['jdbc:postgresql://db:5432/app', 'jdbc:mysql://db/app?user=app&password={ref:DB_PASSWORD}'],
  }),
  token('odbc-password', 'high', 'Password in a connection string', {
    token:
      '(?:User Id|Uid|User) {0,2}= {0,2}[^;"\'\\r\\n]{1,60}; {0,2}(?:Password|Pwd) {0,2}= {0,2}([^;"\'\\r\\n]{4,100})',
    keywords: ['User Id', 'Uid=', 'User='],
    ignoreCase: true,
    judge: 'password',
    entropy: 2,
    finds: ['Server=db;Database=app;User Id=sa;Password={alnum:14};Encrypt=true'],
    ignores: ['User Id=sa;Password={0};', 'User Id=sa;Password=<password>'],
  }),
  token('planetscale-token', 'critical', 'PlanetScale token or password', {
    token: 'pscale_(?:tkn|pw|oauth)_[\\w.=-]{32,64}',
    keywords: ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'],
    finds: ['pscale_tkn_{word:43}', 'pscale_pw_{word:43}', 'pscale_oauth_{word:43}'],
    ignores: ['pscale_pw_{word:8}'],
  }),
  token('clickhouse-cloud-key', 'high', 'ClickHouse Cloud API secret', {
    token: '4b1d[A-Za-z0-9]{38}',
    entropy: 3.9,
    finds: ['4b1d{alnum:38}'],
    ignores: ['4b1d{hex:36}'],
  }),
  token('neon-api-key', 'high', 'Neon API key', {
    token: 'napi_[a-z0-9]{60,70}',
    finds: ['NEON_API_KEY=napi_{loweralnum:64}'],
    ignores: ['napi_get_value_string'],
  }),
  {
    id: 'redis-password',
    title: 'Password of a Redis server',
    severity: 'high',
    keywords: ['requirepass', 'masterauth'],
    pattern: `(?:requirepass|masterauth)[ \\t]{1,4}["']?([^\\s"'#]{6,100})${noMore}`,
    judge: 'password',
    entropy: 2.3,
    finds: ['requirepass {alnum:20}', 'redis-server --requirepass {alnum:16}'],
    ignores: ['# requirepass foobared', 'requirepass {ref:REDIS_PASSWORD}', 'masterauth <master-password>'],
  },
  {
    id: 'mysql-option-password',
    title: 'Password in a MySQL option file',
    severity: 'high',
    keywords: ['password'],
    pattern: `password[ \\t]{0,4}=[ \\t]{0,4}["']?([^\\s"'#]{4,100})${noMore}`,
    paths: '(^|/)\\.?(my|mylogin|client)\\.cnf$',
    judge: 'password',
    entropy: 2,
    finds: ['[client]\nuser=root\npassword={alnum:12}'],
    ignores: ['password=', 'password = your_password'],
  },
];

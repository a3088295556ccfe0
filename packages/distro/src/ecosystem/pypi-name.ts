/** One name for all spellings: `Flask_SQLAlchemy`, `flask.sqlalchemy` → `flask-sqlalchemy`. PyPA, "Names and normalization" (PEP 503). */
export function normalizePypiName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

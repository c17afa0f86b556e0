#include "catalog/store/schema_check.h"

#include <algorithm>
#include <map>

#include "catalog/store/connection.h"
#include "common/base/error.h"

namespace changeling {
namespace {

/// "trigger job_d" -> its text.
using SchemaObjects = std::map<std::string, std::string>;

SchemaObjects objects_of(Connection& connection) {
  Query query(connection,
              "SELECT type||' '||name,sql FROM sqlite_schema WHERE sql IS NOT NULL AND NOT "
              "(type='table' AND name IN('sqlite_stat1','sqlite_stat4'))");
  query.bind();
  SchemaObjects objects;
  while (query.next()) {
    std::string name, text;
    query.read(name, text);
    objects.emplace(std::move(name), std::move(text));
  }
  return objects;
}

SchemaObjects objects_made_by(const std::vector<Migration>& migrations) {
  Connection memory(":memory:", Access::kCreate);
  Migrator(migrations).create(memory);
  return objects_of(memory);
}

Digest digest_of(const SchemaObjects& objects) {
  Sha256 hash;
  for (const auto& [name, text] : objects) {
    hash.update(name + '\n' + text + '\n');
  }
  return hash.finish();
}

[[noreturn]] void refuse(const Connection& connection, const std::string& what,
                         const std::string& object) {
  throw Error(ErrorKind::kCatalog, "catalog '" + connection.file().string() + "' " + what + " " +
                                       object +
                                       ": it was changed by another program; restore a backup");
}

}  // namespace

Digest schema_digest(Connection& connection) {
  return digest_of(objects_of(connection));
}

void check_schema(Connection& connection, const std::vector<Migration>& migrations) {
  const SchemaObjects found = objects_of(connection);
  if (digest_of(found).hex() == kNewestSchemaDigest &&
      connection.schema_version() == static_cast<int>(builtin_migrations().size())) {
    return;
  }
  const auto version = static_cast<std::size_t>(std::max(0, connection.schema_version()));
  const SchemaObjects expected = objects_made_by(
      {migrations.begin(),
       migrations.begin() + static_cast<std::ptrdiff_t>(std::min(version, migrations.size()))});
  for (const auto& [name, text] : found) {
    const auto known = expected.find(name);
    if (known == expected.end()) {
      refuse(connection, "holds a foreign", name);
    }
    if (known->second != text) {
      refuse(connection, "holds another", name);
    }
  }
  for (const auto& [name, text] : expected) {
    if (found.count(name) == 0) {
      refuse(connection, "lacks", name);
    }
  }
}

}  // namespace changeling

#include "catalog/store/integrity.h"

#include <iterator>
#include <optional>

#include "catalog/store/audit_log.h"
#include "catalog/store/connection.h"

namespace changeling {
namespace {

void check_pages(Connection& connection, std::vector<std::string>& faults) {
  Query query(connection, "PRAGMA quick_check");
  while (query.next()) {
    std::string line;
    query.read(line);
    if (line != "ok") {
      faults.push_back("catalog file: " + line);
    }
  }
}

void check_references(Connection& connection, std::vector<std::string>& faults) {
  Query query(connection, "PRAGMA foreign_key_check");
  while (query.next()) {
    std::string table, parent;
    std::optional<std::int64_t> rowid;
    query.read(table, rowid, parent);
    faults.push_back("table " + table + (rowid ? " row " + std::to_string(*rowid) : "") +
                     ": refers to a missing row of " + parent);
  }
}

void check_bystanders(Connection& connection, std::vector<std::string>& faults) {
  Query query(connection,
              "SELECT pair_id,part,bystander,bystander_part FROM v_bystander_leak ORDER BY 1,3");
  while (query.next()) {
    std::int64_t pair = 0, bystander = 0;
    std::string part, bystander_part;
    query.read(pair, part, bystander, bystander_part);
    faults.push_back("pair " + std::to_string(pair) + " of part " + part + ": subject " +
                     std::to_string(bystander) + " of part " + bystander_part +
                     " is seen in its media");
  }
}

void check_json(Connection& connection, std::vector<std::string>& faults) {
  Query query(
      connection,
      "SELECT 'run '||run_id||' config_json' FROM run WHERE NOT json_valid(config_json) "
      "UNION ALL SELECT 'run '||run_id||' env_json' FROM run WHERE NOT json_valid(env_json) "
      "UNION ALL SELECT 'job '||job_id||' params_json' FROM job "
      "WHERE NOT json_valid(params_json) "
      "UNION ALL SELECT 'pair list '||name||' spec_json' FROM pair_list "
      "WHERE NOT json_valid(spec_json) "
      "UNION ALL SELECT 'metric '||name||' params_json' FROM metric_def "
      "WHERE NOT json_valid(params_json)");
  while (query.next()) {
    std::string column;
    query.read(column);
    faults.push_back(column + ": no valid JSON");
  }
}

}  // namespace

std::vector<std::string> check_catalog_file(Database& database) {
  std::vector<std::string> faults;
  Connection& connection = database.connection();
  check_pages(connection, faults);
  if (!faults.empty()) {
    return faults;  // rows of a damaged file cannot be trusted, and reading them may fail
  }
  check_references(connection, faults);
  check_bystanders(connection, faults);
  check_json(connection, faults);
  std::vector<std::string> chain = AuditLog(database).verify();
  faults.insert(faults.end(), std::make_move_iterator(chain.begin()),
                std::make_move_iterator(chain.end()));
  return faults;
}

std::int64_t count_blobs(Database& database) {
  Query query(database.connection(), "SELECT count(*) FROM blob");
  std::int64_t count = 0;
  query.next();
  query.read(count);
  return count;
}

bool for_each_blob(Database& database, const std::function<bool(const BlobRow&)>& sink) {
  constexpr std::size_t kPage = 10'000;
  std::optional<Digest> last;
  std::vector<BlobRow> page;
  do {
    page.clear();
    Query query(database.connection(),
                "SELECT sha256,bytes,media_type,state FROM blob WHERE sha256>coalesce(?,x'') ORDER "
                "BY sha256 LIMIT ?");
    query.bind(last, static_cast<std::int64_t>(kPage));
    while (query.next()) {
      BlobRow& row = page.emplace_back();
      query.read(row.sha256, row.bytes, row.media_type, row.state);
      last = row.sha256;
    }
    for (const BlobRow& row : page) {
      if (!sink(row)) {
        return false;
      }
    }
  } while (page.size() == kPage);
  return true;
}

}  // namespace changeling

// catalog/store/audit_log.h: who changed the catalog's rules or removed files, as a hash chain.
// Layer 1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "common/base/digest.h"

namespace changeling {

/// Appends to and checks table `audit_log`: row_sha256 = SHA-256(prev_sha256 || seq, at, actor,
/// action, subject, detail_json as length-prefixed fields). One thread per object, that of its
/// Database.
class AuditLog {
 public:
  explicit AuditLog(Database& database) : database_(database) {}

  /// Adds a row at the end of the chain. `detail_json` is a JSON object.
  void append(std::string_view actor, std::string_view action, std::string_view subject,
              std::string_view detail_json);

  /// One line per row that breaks the chain; empty = intact. Rows cut off the end cannot be seen
  /// here: compare head() with a copy kept elsewhere.
  [[nodiscard]] std::vector<std::string> verify() const;

  /// detail_json of the newest row of an action on a subject; nullopt = none.
  [[nodiscard]] std::optional<std::string> newest_detail(std::string_view action,
                                                         std::string_view subject) const;

  /// row_sha256 of the last row; nullopt = empty log.
  [[nodiscard]] std::optional<Digest> head() const;

 private:
  Database& database_;
};

class Connection;

/// A row to append; for callers inside the store that have no Database yet (the migrator).
struct AuditEntry {
  std::string actor;
  std::string action;
  std::string subject;
  std::string detail_json;
};

void append_audit(Connection& connection, const AuditEntry& entry);

}  // namespace changeling

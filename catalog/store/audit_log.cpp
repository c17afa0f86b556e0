#include "catalog/store/audit_log.h"

#include <cstdint>

#include "catalog/store/clock.h"
#include "catalog/store/connection.h"

namespace changeling {
namespace {

Digest row_digest(const std::optional<Digest>& previous, std::int64_t seq, std::string_view at,
                  const AuditEntry& entry) {
  Sha256 hash;
  if (previous) {
    hash.update(previous->bytes.data(), previous->bytes.size());
  }
  hash.update_field(std::to_string(seq)).update_field(at).update_field(entry.actor);
  hash.update_field(entry.action).update_field(entry.subject).update_field(entry.detail_json);
  return hash.finish();
}

std::optional<Digest> read_head(Connection& connection, std::int64_t* seq = nullptr) {
  Query last(connection, "SELECT seq,row_sha256 FROM audit_log ORDER BY seq DESC LIMIT 1");
  last.bind();
  if (!last.next()) {
    return std::nullopt;
  }
  std::int64_t last_seq = 0;
  Digest digest;
  last.read(last_seq, digest);
  if (seq != nullptr) {
    *seq = last_seq;
  }
  return digest;
}

}  // namespace

void append_audit(Connection& connection, const AuditEntry& entry) {
  std::int64_t seq = 0;
  const std::optional<Digest> previous = read_head(connection, &seq);
  ++seq;
  const std::string at = now_iso8601();
  Query(connection,
        "INSERT INTO audit_log(seq,at,actor,action,subject,detail_json,prev_sha256,row_sha256) "
        "VALUES(?,?,?,?,?,?,?,?)")
      .run(seq, at, entry.actor, entry.action, entry.subject, entry.detail_json, previous,
           row_digest(previous, seq, at, entry));
}

void AuditLog::append(std::string_view actor, std::string_view action, std::string_view subject,
                      std::string_view detail_json) {
  database_.transaction([&] {
    append_audit(database_.connection(), {std::string(actor), std::string(action),
                                          std::string(subject), std::string(detail_json)});
  });
}

std::vector<std::string> AuditLog::verify() const {
  Query rows(database_.connection(),
             "SELECT seq,at,actor,action,subject,detail_json,prev_sha256,row_sha256 FROM audit_log "
             "ORDER BY seq");
  rows.bind();
  std::vector<std::string> faults;
  std::optional<Digest> expected_previous;
  std::int64_t expected_seq = 1;
  while (rows.next()) {
    std::int64_t seq = 0;
    std::string at;
    AuditEntry entry;
    std::optional<Digest> previous;
    Digest stored;
    rows.read(seq, at, entry.actor, entry.action, entry.subject, entry.detail_json, previous,
              stored);
    if (seq != expected_seq || previous != expected_previous ||
        row_digest(previous, seq, at, entry) != stored) {
      faults.push_back("audit log row " + std::to_string(seq) + ": the hash chain is broken");
    }
    expected_previous = stored;
    expected_seq = seq + 1;
  }
  return faults;
}

std::optional<std::string> AuditLog::newest_detail(std::string_view action,
                                                   std::string_view subject) const {
  Query rows(database_.connection(),
             "SELECT detail_json FROM audit_log WHERE action=? AND subject=? ORDER BY seq DESC "
             "LIMIT 1");
  rows.bind(action, subject);
  if (!rows.next()) {
    return std::nullopt;
  }
  std::string detail;
  rows.read(detail);
  return detail;
}

std::optional<Digest> AuditLog::head() const {
  return read_head(database_.connection());
}

}  // namespace changeling

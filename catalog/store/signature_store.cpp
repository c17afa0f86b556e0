#include "catalog/store/signature_store.h"

#include <nlohmann/json.hpp>

#include "catalog/store/audit_log.h"
#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "common/base/error.h"

namespace changeling {
namespace {

const char* const kKeys =
    "SELECT key_id,public_pem,valid_from,retired_at,revoked_at,revoke_reason FROM signing_key "
    "WHERE ?1='' OR key_id=?1 ORDER BY key_id";
const char* const kSignable =
    "SELECT a.artifact_id,a.job_id,a.media_id,a.profile,a.kind,a.label,a.sha256,a.stream_sha256,"
    "a.n_frames,a.manipulated_frames,coalesce(m.revision,0),coalesce(m.key_id,''),"
    "coalesce(m.document,''),coalesce(m.signed_at,''),k.revoked_at IS NOT NULL,"
    "EXISTS(SELECT 1 FROM artifact s JOIN blob c USING(sha256) WHERE s.job_id=a.job_id AND "
    "s.profile=a.profile AND s.kind='sidecar' AND c.state='purged') FROM artifact a "
    "JOIN job j USING(job_id) JOIN blob b USING(sha256) LEFT JOIN manifest m ON "
    "m.artifact_id=a.artifact_id AND m.revision=(SELECT max(revision) FROM manifest WHERE "
    "artifact_id=a.artifact_id) LEFT JOIN signing_key k ON k.key_id=m.key_id WHERE a.label IS NOT "
    "NULL AND j.state='done' AND b.state<>'purged' AND (?1='' OR j.run_id=?1) ORDER BY "
    "a.artifact_id";

/// What kSignable selects, of all runs.
const char* const kCountSignable =
    "SELECT count(*) FROM artifact a JOIN job j USING(job_id) JOIN blob b USING(sha256) WHERE "
    "a.label IS NOT NULL AND j.state='done' AND b.state<>'purged'";

void audit_key(Connection& connection, std::string_view action, std::string_view key_id,
               std::string_view reason = {}) {
  nlohmann::json detail = nlohmann::json::object();
  if (!reason.empty()) {
    detail["reason"] = reason;
  }
  append_audit(connection, {"changeling", std::string(action), "key " + std::string(key_id),
                            detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
}

void insert_key(Connection& connection, const VerifyingKey& key) {
  Query(connection, "INSERT INTO signing_key(key_id,public_pem,valid_from) VALUES(?,?,?)")
      .run(key.id(), key.to_pem(), now_iso8601());
  audit_key(connection, "key_added", key.id());
}

}  // namespace

void SignatureStore::use_key(const VerifyingKey& key) {
  if (const std::optional<SigningKeyRow> known = find_key(key.id())) {
    if (known->retired_at || known->revoked_at) {
      throw Error(ErrorKind::kConfig, "key " + key.id() + " was " +
                                          (known->revoked_at ? "revoked" : "retired") +
                                          " in this catalog: make another one with 'changeling "
                                          "keys rotate'");
    }
    return;
  }
  database_.transaction([&] { insert_key(database_.connection(), key); });
}

void SignatureStore::retire_key(std::string_view key_id) {
  Connection& connection = database_.connection();
  database_.transaction([&] {
    if (Query(connection,
              "UPDATE signing_key SET retired_at=? WHERE key_id=? AND retired_at IS NULL AND "
              "revoked_at IS NULL")
            .run(now_iso8601(), key_id) == 1) {
      audit_key(connection, "key_retired", key_id);
    }
  });
}

void SignatureStore::revoke_key(const VerifyingKey& key, std::string_view reason) {
  Connection& connection = database_.connection();
  database_.transaction([&] {
    if (!find_key(key.id())) {
      insert_key(connection, key);
    }
    if (Query(connection,
              "UPDATE signing_key SET revoked_at=?,revoke_reason=? WHERE key_id=? AND revoked_at "
              "IS NULL")
            .run(now_iso8601(), reason, key.id()) == 1) {
      audit_key(connection, "key_revoked", key.id(), reason);
    }
  });
}

std::optional<SigningKeyRow> SignatureStore::find_key(std::string_view key_id) const {
  Query query(database_.connection(), kKeys);
  query.bind(key_id);
  if (key_id.empty() || !query.next()) {
    return std::nullopt;
  }
  SigningKeyRow row;
  query.read(row.key_id, row.public_pem, row.valid_from, row.retired_at, row.revoked_at,
             row.revoke_reason);
  return row;
}

std::vector<SigningKeyRow> SignatureStore::keys() const {
  Query query(database_.connection(), kKeys);
  query.bind(std::string_view());
  std::vector<SigningKeyRow> rows;
  while (query.next()) {
    SigningKeyRow& row = rows.emplace_back();
    query.read(row.key_id, row.public_pem, row.valid_from, row.retired_at, row.revoked_at,
               row.revoke_reason);
  }
  return rows;
}

void SignatureStore::add_manifest(ArtifactId artifact, std::string_view key_id,
                                  std::string_view document) {
  Query(database_.connection(),
        "INSERT INTO manifest(artifact_id,revision,key_id,document,signed_at) VALUES(?1,1+(SELECT "
        "coalesce(max(revision),0) FROM manifest WHERE artifact_id=?1),?2,?3,?4)")
      .run(artifact, key_id, document, now_iso8601());
}

void SignatureStore::for_each_clip(std::string_view run_id,
                                   const std::function<void(const SignableClip&)>& sink) const {
  Query query(database_.connection(), kSignable);
  query.bind(run_id);
  while (query.next()) {
    SignableClip clip;
    ArtifactRow& a = clip.artifact;
    ManifestRow row;
    query.read(a.id, a.job_id, a.media_id, a.profile, a.kind, a.label, a.sha256, a.stream_sha256,
               a.n_frames, a.manipulated_frames, row.revision, row.key_id, row.document,
               row.signed_at, clip.has_revoked_key, clip.is_sidecar_purged);
    if (row.revision > 0) {
      row.artifact_id = a.id;
      clip.manifest = std::move(row);
    }
    sink(clip);
  }
}

std::int64_t SignatureStore::count_clips() const {
  return database_.connection().get_int(kCountSignable);
}

}  // namespace changeling

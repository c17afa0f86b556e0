#include "catalog/store/known_files.h"

#include "catalog/store/connection.h"

namespace changeling {
namespace {

const std::string kMade =
    "SELECT a.artifact_id,a.job_id,j.pair_id,j.job_key,j.run_id,j.method,l.name,p.part,a.profile,"
    "a.kind,coalesce(a.label,''),b.state,iif(b.state='purged',(SELECT coalesce(max(at),'') FROM "
    "audit_log WHERE action='prune' AND subject='run '||j.run_id),'') FROM artifact a JOIN blob b "
    "USING(sha256) JOIN job j "
    "USING(job_id) JOIN pair p USING(pair_id) JOIN pair_list l USING(list_id) WHERE ";
const std::string kMedia =
    "SELECT m.media_id,c.name||'@'||c.version,m.rel_path,m.kind,m.label,coalesce(b.state,'') FROM "
    "media m JOIN corpus c USING(corpus_id) LEFT JOIN blob b ON b.sha256=m.sha256 WHERE ";

const std::string kMadeByBytes = kMade + "a.sha256=? ORDER BY a.artifact_id";
const std::string kMadeByStream = kMade + "a.stream_sha256=? ORDER BY a.artifact_id";
const std::string kMadeByJob = kMade + "j.job_key=? AND a.label=? ORDER BY a.artifact_id";
const std::string kMediaByBytes = kMedia + "m.sha256=? ORDER BY m.media_id";
const std::string kMediaByStream = kMedia + "m.stream_sha256=? ORDER BY m.media_id";

void add_made(Query& query, std::vector<KnownFile>& files) {
  while (query.next()) {
    KnownFile& file = files.emplace_back();
    query.read(file.artifact, file.job, file.pair, file.job_key, file.run_id, file.method,
               file.pair_list, file.part, file.profile, file.kind, file.label, file.blob_state,
               file.pruned_at);
  }
}

std::vector<KnownFile> known_by(Database& database, const std::string& made,
                                const std::string& media, const Digest& digest) {
  std::vector<KnownFile> files;
  Query artifacts(database.connection(), made.c_str());
  add_made(artifacts.bind(digest), files);
  Query rows(database.connection(), media.c_str());
  rows.bind(digest);
  while (rows.next()) {
    KnownFile& file = files.emplace_back();
    rows.read(file.media, file.corpus, file.rel_path, file.kind, file.label, file.blob_state);
  }
  return files;
}

}  // namespace

std::vector<KnownFile> known_by_bytes(Database& database, const Digest& sha256) {
  return known_by(database, kMadeByBytes, kMediaByBytes, sha256);
}

std::vector<KnownFile> known_by_stream(Database& database, const Digest& stream_sha256) {
  return known_by(database, kMadeByStream, kMediaByStream, stream_sha256);
}

std::vector<KnownFile> known_by_job(Database& database, const Digest& job_key,
                                    const std::string& label) {
  std::vector<KnownFile> files;
  Query query(database.connection(), kMadeByJob.c_str());
  add_made(query.bind(job_key, label), files);
  return files;
}

}  // namespace changeling

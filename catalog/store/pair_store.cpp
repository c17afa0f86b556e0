#include "catalog/store/pair_store.h"

#include <array>
#include <string>

#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "common/base/error.h"

namespace changeling {
namespace {

const std::string kSelectSplit = "SELECT split_id,name,algorithm,seed,frozen_at FROM split_set ";
const std::string kSplitByName = kSelectSplit + "WHERE name=?";
const std::string kSplitById = kSelectSplit + "WHERE split_id=?";

const std::string kSelectPair =
    "SELECT pair_id,list_id,part,stratum,draw_index,source_media,target_media,source_subject,"
    "target_subject,source_track,target_track FROM pair ";
const std::string kPairById = kSelectPair + "WHERE pair_id=?";
const std::string kPairsOfList = kSelectPair + "WHERE list_id=? ORDER BY pair_id";

void read_row(Query& query, SplitRow& row) {
  query.read(row.id, row.name, row.algorithm, row.seed, row.frozen_at);
}

void read_row(Query& query, PairRow& row) {
  query.read(row.id, row.list_id, row.part, row.stratum, row.draw_index, row.source_media,
             row.target_media, row.source_subject, row.target_subject, row.source_track,
             row.target_track);
}

[[noreturn]] void throw_name_taken(const Database& database, const char* what,
                                   const std::string& name) {
  throw Error(ErrorKind::kCatalog, "catalog '" + database.path().string() + "' has a frozen " +
                                       what + " '" + name + "' already: choose a new name");
}

void insert_pair(Connection& connection, PairListId list, const PairRow& row) {
  Query(connection,
        "INSERT INTO pair(list_id,part,stratum,draw_index,source_media,target_media,source_subject,"
        "target_subject,source_track,target_track) VALUES(?,?,?,?,?,?,?,?,?,?)")
      .run(list, row.part, row.stratum, row.draw_index, row.source_media, row.target_media,
           row.source_subject, row.target_subject, row.source_track, row.target_track);
}

void insert_refusal(Connection& connection, PairListId list, const PairRefusalRow& row) {
  Query(
      connection,
      "INSERT INTO pair_refusal(list_id,part,stratum,draw_index,attempt,source_media,target_media,"
      "reason) VALUES(?,?,?,?,?,?,?,?)")
      .run(list, row.part, row.stratum, row.draw_index, row.attempt, row.source_media,
           row.target_media, row.reason);
}

/// Digest of what the list says, by names and paths instead of row ids: equal draws have equal
/// digests in every catalog.
Digest list_digest(Connection& connection, PairListId list) {
  Sha256 hash;
  Query head(connection,
             "SELECT s.name,s.algorithm,s.seed,l.sampler,l.seed,l.spec_json FROM pair_list l "
             "JOIN split_set s USING(split_id) WHERE list_id=?");
  head.bind(list);
  CHANGELING_REQUIRE(head.next(), "a pair list that was just added is missing");
  std::string split, algorithm, split_seed, sampler, seed, spec;
  head.read(split, algorithm, split_seed, sampler, seed, spec);
  for (const std::string& field : {split, algorithm, split_seed, sampler, seed, spec}) {
    hash.update_field(field);
  }
  Query rows(
      connection,
      "SELECT p.part,p.stratum,p.draw_index,sc.name,sc.version,sm.rel_path,ss.ext_id,"
      "tc.name,tc.version,tm.rel_path,ts.ext_id FROM pair p "
      "JOIN media sm ON sm.media_id=p.source_media JOIN corpus sc ON sc.corpus_id=sm.corpus_id "
      "JOIN media tm ON tm.media_id=p.target_media JOIN corpus tc ON tc.corpus_id=tm.corpus_id "
      "JOIN subject ss ON ss.subject_id=p.source_subject "
      "JOIN subject ts ON ts.subject_id=p.target_subject "
      "WHERE p.list_id=? ORDER BY p.part,p.stratum,p.draw_index");
  rows.bind(list);
  while (rows.next()) {
    std::array<std::string, 11> f;
    rows.read(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10]);
    for (const std::string& field : f) {
      hash.update_field(field);
    }
  }
  return hash.finish();
}

}  // namespace

SplitId PairStore::add_split(const SplitRow& split, const std::vector<SplitSubjectRow>& subjects) {
  SplitId id;
  Connection& connection = database_.connection();
  database_.transaction([&] {
    if (find_split(split.name)) {
      throw_name_taken(database_, "split", split.name);
    }
    Query(connection, "INSERT INTO split_set(name,algorithm,seed) VALUES(?,?,?)")
        .run(split.name, split.algorithm, split.seed);
    id.value = connection.last_insert_id();
    for (const SplitSubjectRow& row : subjects) {
      Query(connection,
            "INSERT INTO split_subject(split_id,subject_id,leak_group,part) VALUES(?,?,?,?)")
          .run(id, row.subject_id, row.leak_group, row.part);
    }
    Query(connection, "UPDATE split_set SET frozen_at=? WHERE split_id=?").run(now_iso8601(), id);
  });
  return id;
}

std::optional<SplitRow> PairStore::find_split(std::string_view name) const {
  Query query(database_.connection(), kSplitByName.c_str());
  query.bind(name);
  if (!query.next()) {
    return std::nullopt;
  }
  SplitRow row;
  read_row(query, row);
  return row;
}

SplitRow PairStore::split(SplitId id) const {
  Query query(database_.connection(), kSplitById.c_str());
  query.bind(id);
  if (!query.next()) {
    throw Error(ErrorKind::kCatalog,
                "no split " + std::to_string(id.value) + " in '" + database_.path().string() + "'");
  }
  SplitRow row;
  read_row(query, row);
  return row;
}

std::vector<SplitSubjectRow> PairStore::split_subjects(SplitId split) const {
  Query query(database_.connection(),
              "SELECT subject_id,leak_group,part FROM split_subject WHERE split_id=? "
              "ORDER BY subject_id");
  query.bind(split);
  std::vector<SplitSubjectRow> rows;
  while (query.next()) {
    SplitSubjectRow& row = rows.emplace_back();
    query.read(row.subject_id, row.leak_group, row.part);
  }
  return rows;
}

std::map<SubjectId, std::string> PairStore::parts_of_split(const std::string& name) const {
  const std::optional<SplitRow> split = find_split(name);
  if (!split) {
    throw Error(ErrorKind::kConfig,
                "no split '" + name + "' (make it with 'changeling sample split " + name + "')");
  }
  std::map<SubjectId, std::string> parts;
  for (const SplitSubjectRow& row : split_subjects(split->id)) {
    parts[row.subject_id] = row.part;
  }
  return parts;
}

PairListId PairStore::add_pair_list(const PairListRow& list, const std::vector<PairRow>& pairs,
                                    const std::vector<PairRefusalRow>& refusals) {
  PairListId id;
  Connection& connection = database_.connection();
  database_.transaction([&] {
    if (find_pair_list(list.name)) {
      throw_name_taken(database_, "pair list", list.name);
    }
    Query(connection,
          "INSERT INTO pair_list(name,split_id,sampler,seed,spec_json) VALUES(?,?,?,?,?)")
        .run(list.name, list.split_id, list.sampler, list.seed, list.spec_json);
    id.value = connection.last_insert_id();
    for (const PairRow& row : pairs) {
      insert_pair(connection, id, row);
    }
    for (const PairRefusalRow& row : refusals) {
      insert_refusal(connection, id, row);
    }
    Query(connection, "UPDATE pair_list SET list_sha256=? WHERE list_id=?")
        .run(list_digest(connection, id), id);
  });
  return id;
}

std::optional<PairListRow> PairStore::find_pair_list(std::string_view name) const {
  Query query(database_.connection(),
              "SELECT list_id,name,split_id,sampler,seed,spec_json,list_sha256 FROM pair_list "
              "WHERE name=?");
  query.bind(name);
  if (!query.next()) {
    return std::nullopt;
  }
  PairListRow row;
  query.read(row.id, row.name, row.split_id, row.sampler, row.seed, row.spec_json, row.list_sha256);
  return row;
}

PairListRow PairStore::pair_list(PairListId id) const {
  Query query(database_.connection(),
              "SELECT list_id,name,split_id,sampler,seed,spec_json,list_sha256 FROM pair_list "
              "WHERE list_id=?");
  query.bind(id);
  if (!query.next()) {
    throw Error(ErrorKind::kCatalog, "no pair list " + std::to_string(id.value) + " in '" +
                                         database_.path().string() + "'");
  }
  PairListRow row;
  query.read(row.id, row.name, row.split_id, row.sampler, row.seed, row.spec_json, row.list_sha256);
  return row;
}

std::vector<PairRow> PairStore::pairs(PairListId list) const {
  Query query(database_.connection(), kPairsOfList.c_str());
  query.bind(list);
  std::vector<PairRow> rows;
  while (query.next()) {
    read_row(query, rows.emplace_back());
  }
  return rows;
}

PairRow PairStore::pair(PairId id) const {
  Query query(database_.connection(), kPairById.c_str());
  query.bind(id);
  if (!query.next()) {
    throw Error(ErrorKind::kCatalog, "catalog '" + database_.path().string() + "' has no pair " +
                                         std::to_string(id.value));
  }
  PairRow row;
  read_row(query, row);
  return row;
}

std::map<std::string, std::int64_t> PairStore::refusal_counts(PairListId list) const {
  static const std::string kCounts = "SELECT reason," + std::string(kSumOfRefusedDraws) +
                                     " FROM pair_refusal WHERE list_id=? GROUP BY reason";
  Query query(database_.connection(), kCounts.c_str());
  query.bind(list);
  std::map<std::string, std::int64_t> counts;
  while (query.next()) {
    std::string reason;
    std::int64_t count = 0;
    query.read(reason, count);
    counts[reason] = count;
  }
  return counts;
}

}  // namespace changeling

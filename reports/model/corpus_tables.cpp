#include "reports/model/corpus_tables.h"

#include <string>
#include <variant>

#include "catalog/store/corpus_store.h"
#include "reports/model/identity_overlap.h"
#include "reports/model/sql_table.h"

namespace changeling {
namespace {

constexpr auto kWords = CardColumnKind::kWords;
constexpr auto kLong = CardColumnKind::kLongWords;
constexpr auto kNumber = CardColumnKind::kNumber;

std::string id_of(CorpusId corpus) {
  return std::to_string(corpus.value);
}

/// Ids for an SQL list.
std::string withdrawn_media(Database& database) {
  std::string ids;
  for (const MediaId id : CorpusStore(database).withdrawn_media()) {
    ids += (ids.empty() ? "" : ",") + std::to_string(id.value);
  }
  return ids;
}

}  // namespace

CardTable terms_table(Database& database, CorpusId corpus) {
  return sql_table(
      database,
      {"terms",
       "Terms by file",
       {{"licence", "Licence", kLong},
        {"consent_basis", "Consent basis"},
        {"redistributable", "Redistributable"},
        {"media", "Media", kNumber},
        {"people", "People", kNumber}},
       "The corpus has no media.",
       {},
       {}},
      "SELECT coalesce(m.licence, c.licence) AS licence, coalesce(m.consent_basis, "
      "c.consent_basis) AS consent_basis, iif(c.redistributable AND coalesce(m.redistributable, "
      "1), 'yes', 'no') AS redistributable, count(DISTINCT m.media_id) AS media, count(DISTINCT "
      "s.subject_id) AS people FROM media m JOIN corpus c ON c.corpus_id = m.corpus_id LEFT JOIN "
      "sighting g ON g.media_id = m.media_id LEFT JOIN subject s ON s.subject_id = g.subject_id "
      "AND substr(s.ext_id, 1, 1) <> '?' WHERE m.corpus_id = " +
          id_of(corpus) + " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
}

CardTable media_table(Database& database, CorpusId corpus) {
  return sql_table(
      database,
      {"media",
       "Media by state",
       {{"kind", "Kind"},
        {"label", "Label"},
        {"method", "Method"},
        {"state", "State"},
        {"media", "Media", kNumber},
        {"frames", "Frames", kNumber},
        {"seconds", "Seconds", kNumber}},
       "The corpus has no media.",
       {},
       {}},
      "SELECT kind, label, coalesce(method, '') AS method, CASE WHEN probe_error IS NOT NULL THEN "
      "'broken' WHEN media_id IN (" +
          withdrawn_media(database) +
          ") THEN 'shows somebody withdrawn' WHEN sha256 IS NULL THEN 'not probed' ELSE '" +
          std::string(kUsable) +
          "' END AS state, count(*) AS media, sum(n_frames) AS frames, sum(duration_us) / 1e6 AS "
          "seconds FROM media WHERE corpus_id = " +
          id_of(corpus) + " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4");
}

CardTable broken_table(Database& database, CorpusId corpus) {
  return sql_table(
      database,
      {"broken",
       "Broken media by reason",
       {{"reason", "Reason", kLong}, {"media", "Media", kNumber}},
       "No medium is known to be broken.",
       {},
       {}},
      "SELECT replace(probe_error, '''' || rel_path || '''', 'the file') AS reason, count(*) AS "
      "media FROM media WHERE probe_error IS NOT NULL AND corpus_id = " +
          id_of(corpus) + " GROUP BY 1 ORDER BY 2 DESC, 1");
}

CardTable codec_table(Database& database, CorpusId corpus) {
  return sql_table(
      database,
      {"codecs",
       "Codecs",
       {{"codec", "Codec"}, {"pixels", "Pixel format"}, {"media", "Media", kNumber}},
       "No medium is probed yet.",
       {},
       {}},
      "SELECT coalesce(codec, kind) AS codec, pix_fmt AS pixels, count(*) AS media FROM media "
      "WHERE sha256 IS NOT NULL AND corpus_id = " +
          id_of(corpus) + " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
}

CardTable shape_table(Database& database, CorpusId corpus) {
  const std::string media = " FROM media WHERE sha256 IS NOT NULL AND corpus_id = " + id_of(corpus);
  return sql_table(
      database,
      {"shapes",
       "Size, duration and frame rate",
       {{"property", "Property"}, {"value", "Value"}, {"media", "Media", kNumber}},
       "No medium is probed yet.",
       {},
       {}},
      "SELECT property, value, count(*) AS media FROM (SELECT 'short side' AS property, "
      "min(width_px, height_px) AS place, CASE WHEN min(width_px, height_px) < 360 THEN 'under "
      "360 px' WHEN min(width_px, height_px) < 720 THEN '360-719 px' WHEN min(width_px, "
      "height_px) < 1080 THEN '720-1079 px' ELSE '1080 px and more' END AS value" +
          media +
          " UNION ALL SELECT 'duration', duration_us, CASE WHEN duration_us < 5e6 THEN 'under 5 s' "
          "WHEN duration_us < 15e6 THEN '5-15 s' WHEN duration_us < 60e6 THEN '15-60 s' ELSE '60 s "
          "and more' END" +
          media +
          " AND duration_us IS NOT NULL UNION ALL SELECT 'frame rate', fps_num * 1.0 / fps_den, "
          "printf('%.5g fps', fps_num * 1.0 / fps_den) || iif(is_vfr, ', variable', '')" +
          media + " AND fps_den > 0) GROUP BY 1, 2 ORDER BY 1 DESC, min(place), 2");
}

CardTable split_table(Database& database, CorpusId corpus) {
  return sql_table(
      database,
      {"splits",
       "Parts of splits",
       {{"split", "Split"},
        {"part", "Part"},
        {"people", "People", kNumber},
        {"media", "Media", kNumber},
        {"frozen", "Frozen"}},
       "Nobody of the corpus is in a split yet.",
       {},
       {}},
      "SELECT t.name AS split, p.part, count(DISTINCT p.subject_id) AS people, count(DISTINCT "
      "g.media_id) AS media, iif(t.frozen_at IS NULL, 'no', 'yes') AS frozen FROM split_subject p "
      "JOIN split_set t ON t.split_id = p.split_id JOIN subject s ON s.subject_id = p.subject_id "
      "LEFT JOIN sighting g ON g.subject_id = p.subject_id WHERE s.corpus_id = " +
          id_of(corpus) +
          " GROUP BY t.split_id, p.part ORDER BY t.name, instr('train val test', p.part)");
}

CardTable fakes_table(Database& database, CorpusId corpus) {
  const std::string id = id_of(corpus);
  return sql_table(
      database,
      {"fakes",
       "Fakes made here",
       {{"method", "Method"},
        {"fakes", "Fakes", kNumber},
        {"as_target", "As target", kNumber},
        {"as_source", "As source", kNumber},
        {"gone", "Pruned or erased", kNumber}},
       "No fake was made from the corpus.",
       {},
       {}},
      "SELECT j.method, count(*) AS fakes, sum(t.corpus_id = " + id +
          ") AS as_target, sum(s.corpus_id = " + id +
          ") AS as_source, sum(b.state = 'purged') AS gone FROM artifact a JOIN blob b ON "
          "b.sha256 = a.sha256 JOIN job j ON j.job_id = a.job_id JOIN pair p ON p.pair_id = "
          "j.pair_id JOIN media t ON t.media_id = p.target_media JOIN media s ON s.media_id = "
          "p.source_media WHERE a.kind = 'fake_video' AND a.artifact_id NOT IN (SELECT artifact_id "
          "FROM rendition) AND " +
          id + " IN (t.corpus_id, s.corpus_id) GROUP BY 1 ORDER BY 1");
}

CardTable versions_table(Database& database, CorpusId corpus) {
  return sql_table(
      database,
      {"versions",
       "Data sets",
       {{"version", "Version"},
        {"access_class", "Access class"},
        {"items", "Clips of this corpus", kNumber},
        {"withdrawn", "Withdrawn"}},
       "No data set version holds clips of the corpus.",
       {},
       {}},
      "SELECT v.name || '@' || v.semver AS version, v.access_class, count(*) AS items, "
      "iif(v.invalidated_at IS NULL, 'no', 'yes') AS withdrawn FROM dataset_version v JOIN "
      "dataset_item i ON i.version_id = v.version_id JOIN artifact a ON a.artifact_id = "
      "i.artifact_id LEFT JOIN job j ON j.job_id = a.job_id LEFT JOIN pair p ON p.pair_id = "
      "j.pair_id LEFT JOIN media t ON t.media_id = coalesce(p.target_media, a.media_id) LEFT JOIN "
      "media s ON s.media_id = p.source_media AND a.kind <> 'real_control' WHERE " +
          id_of(corpus) + " IN (t.corpus_id, s.corpus_id) GROUP BY v.version_id ORDER BY 1");
}

CardTable networks_table(Database& database, const CorpusRow& corpus) {
  CardTable table = sql_table(
      database,
      {"networks",
       "Networks of this catalog",
       {{"role", "Role"}, {"network", "Network"}, {"trained_on", "Trained on", kLong}},
       "No run used a network.",
       {},
       {}},
      "SELECT DISTINCT role, name || ' ' || version AS network, nullif(trained_on, '') AS "
      "trained_on FROM model WHERE model_id IN (SELECT model_id FROM run_model) ORDER BY 1, 2, 3");
  table.columns.insert(table.columns.begin() + 2, {"overlap", "Saw this corpus", kWords});
  for (std::vector<CardCell>& row : table.rows) {
    const bool is_named =
        identity_overlap(std::get<std::string>(row[2]), {corpus.name}) == corpus.name;
    row.insert(row.begin() + 2, std::string(is_named ? "named" : "unknown"));
  }
  return table;
}

}  // namespace changeling

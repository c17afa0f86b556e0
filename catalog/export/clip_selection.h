// catalog/export/clip_selection.h: which clips of the catalog become items of a data set. Layer 4.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/export/dataset_spec.h"
#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// One item: a fake, a real control or a corpus clip as it is.
struct SelectedClip {
  ArtifactId artifact;
  std::string key;  ///< first 16 hex digits of the stream digest
  Digest stream_sha256;
  std::string label;  ///< fake, real_control, real
  std::string part;
  std::string method, profile;  ///< method is empty for real clips
  std::optional<JobId> job;
  bool is_rendition = false;
  std::string control_key;  ///< of a made fake: the item it is compared with; empty = none found
  MediaId target_media;
  std::optional<MediaId> source_media;
  std::optional<SubjectId> target_subject, source_subject;
  std::optional<SplitId> split;  ///< of the pair; a corpus clip has none
};

/// What became of fakes where a spec leaves out those that auto_reject rejects; all empty else.
struct RejectCounts {
  int version = 0;                               ///< of auto_reject; 0 = no fake was ever judged
  std::map<std::string, std::int64_t> left_out;  ///< rule, such as "3 (coverage < 0.8)" -> fakes
  std::int64_t unjudged = 0;                     ///< fakes that stayed without a verdict
};

struct Selection {
  std::vector<SelectedClip> clips;               ///< by key, keys unique
  std::map<std::string, std::int64_t> left_out;  ///< reason -> clips
  RejectCounts rejects;
  /// Clips whose stream stands in `clips` with another label or in another part, one line each.
  std::vector<std::string> conflicts;
};

/// Chooses fakes (or whatever select.sql names), takes for each the renditions that the ladder
/// names, adds the real control of each, and drops clips whose video stream is there already. A
/// corpus's clip is in the part of who is seen in it; its fakes with a face of somebody of another
/// part are left out, since they would show the people of one part to the other. Equal
/// catalogs and specs give equal selections. Throws Error(kConfig): unknown split, bad SQL, a mix
/// that no part can satisfy, nothing selected; where rejected fakes are left out, a fake that only
/// older versions of auto_reject have judged.
[[nodiscard]] Selection select_clips(Database& database, const DatasetSpec& spec);

/// The clips of a frozen version as select_clips() chose them, whatever has come to the catalog
/// since; what was left out is not told.
[[nodiscard]] Selection frozen_selection(Database& database, VersionId version);

}  // namespace changeling

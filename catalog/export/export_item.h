// catalog/export/export_item.h: one item of a data set with everything a format may write. Layer 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/export/access_class.h"
#include "catalog/export/clip_copies.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/run_store.h"
#include "common/base/signature.h"
#include "common/face/face_types.h"

namespace changeling {

/// A face seen in the clip.
struct ItemFace {
  int track = 0;  ///< counts from 0 in the order of the catalog
  bool is_fake = false;
  std::string source_key;  ///< who lent the face; empty for real faces
  Digest boxes_sha256;     ///< blob with the observations
};

/// People and clips appear by keyed digests only (person_key, clip_key).
struct ExportItem {
  ArtifactId artifact;
  std::string key, part;
  std::string label;   ///< fake, real_control, real
  std::string method;  ///< catalog method and domain, "mesh_swap_clips"; empty for real clips
  std::string profile, stratum;
  std::int64_t n_frames = 0, manipulated_frames = 0;
  int fps_num = 0, fps_den = 1;
  int width_px = 0, height_px = 0;
  ItemFile video;
  std::filesystem::path corpus_file;  ///< of a corpus's clip, of which `video` may be a copy
  std::string extension;              ///< ".mp4" or ".mkv"
  Digest stream_sha256;
  std::string control_key;                       ///< of a fake: its real control
  std::string target_key, source_key;            ///< people
  std::string target_clip_key, source_clip_key;  ///< one person in one medium
  std::vector<ManipulatedSpan> spans;            ///< of a fake
  std::vector<ItemFace> faces;                   ///< the swapped one first
  std::map<std::string, ItemFile> masks;         ///< alpha, changed, survivor_<profile>: of a fake
  std::string recipe_json;                       ///< how a rendition was made; empty = none
  std::optional<double> mask_survival;           ///< of a fake's rendition: what is left of it
  std::string run_id;                            ///< that made it; empty for corpus files
  std::vector<ModelRow> models;
  std::string git_commit;
  Digest config_sha256;
  bool is_declared = false;         ///< a corpus file: its label is what its corpus says
  std::string digital_source_type;  ///< IPTC term; empty = unknown
  std::set<std::string> licences, consent_bases;  ///< of all media
  std::set<std::string> corpora;                  ///< "name version" of all media
  std::vector<AccessTerm> terms;                  ///< of every medium and network; see load()

  [[nodiscard]] bool is_fake() const { return label == "fake"; }

  [[nodiscard]] AccessClass access() const { return strictest(terms); }

  /// `<key>.mp4`.
  [[nodiscard]] std::string file_name() const { return key + extension; }
};

/// The item's own description, the same in every format; docs/formats/dataset.md has the members.
/// Sorted keys, no insignificant space.
[[nodiscard]] std::string item_json(const ExportItem& item);

/// Reads items from the catalog, one at a time. One thread.
class ItemLoader {
 public:
  ItemLoader(Database& database, const BlobStore& blobs, const CorpusRoots& roots,
             const SigningKey& secret);

  /// From now on load() names copies of clips that have sound, without it, and of all clips of a
  /// corpus, with their label; `copies` must outlive the loader.
  void copy_clips(ClipCopies& copies) { copies_ = &copies; }

  /// `part` as in the version. Its terms are those of the catalog, of all media whose bytes equal
  /// an input's, and of the sidecar where it is stricter: rows can be overwritten, and one file can
  /// be registered twice. Throws Error(kCatalog), Error(kConfig) for a corpus root that is
  /// unknown here; behind copy_clips() also as ClipCopies.
  [[nodiscard]] ExportItem load(ArtifactId artifact, const std::string& part);

  /// What the catalog's rows alone tell of an item, also when its files are gone: video, masks, the
  /// faces of a made clip, spans and what a rendition became are left empty. Throws
  /// Error(kCatalog).
  [[nodiscard]] ExportItem describe(ArtifactId artifact, const std::string& part);

  /// What is known of the first of the item's faces, frames counted in the item; nothing when it
  /// has no face; of a fake that a corpus ships, the face that is seen longest. Throws
  /// Error(kCatalog) for a damaged blob.
  [[nodiscard]] FaceTrack first_face(const ExportItem& item);

  /// What a manifest claims of a loaded item, see clip_claim; of a corpus file, what its corpus
  /// says of it. Throws Error(kCatalog) when the sidecar is missing or damaged.
  [[nodiscard]] std::string claim(const ExportItem& item);

  /// 16 hex digits that stand for a person or for a person in a medium; only the key's owner can
  /// make them from an id.
  [[nodiscard]] std::string person_key(SubjectId subject);
  [[nodiscard]] std::string clip_key(MediaId media, SubjectId subject);

 private:
  [[nodiscard]] std::string short_key(std::string_view purpose, const std::string& text) const;
  [[nodiscard]] ExportItem describe(const ClipRow& clip, const std::string& part);
  void add_media(const ClipRow& clip, ExportItem& item);
  [[nodiscard]] ItemFile video_file(const ClipRow& clip);
  void add_terms(MediaId media, ExportItem& item);
  void add_medium_terms(const MediaRow& row, ExportItem& item);
  void add_made_terms(const ClipRow& clip, ExportItem& item);
  void add_job(const ClipRow& clip, ExportItem& item);
  void add_faces(const ClipRow& clip, ExportItem& item);
  void add_people(const ClipRow& clip, ExportItem& item);
  void add_siblings(const ClipRow& clip, ExportItem& item);
  [[nodiscard]] Sidecar corpus_sidecar(const ClipRow& clip);
  void add_rendition(const ClipRow& clip, ExportItem& item);
  /// The sidecar of the clip's job and profile.
  [[nodiscard]] std::optional<Sidecar> own_sidecar(const ClipRow& clip) const;
  [[nodiscard]] FaceTrack longest_face(MediaId media);
  [[nodiscard]] std::int64_t first_target_frame(ArtifactId artifact);
  [[nodiscard]] std::string exported_method(const ClipRow& clip);
  [[nodiscard]] const CorpusRow& corpus(CorpusId id);
  [[nodiscard]] ItemFile blob_file(const Digest& sha256) const;

  Database& database_;
  const BlobStore& blobs_;
  const CorpusRoots& roots_;
  const SigningKey& secret_;
  ClipCopies* copies_ = nullptr;
  CorpusStore corpora_;
  DatasetStore clips_;
  RunStore runs_;
  std::map<CorpusId, CorpusRow> corpus_rows_;
  std::map<std::string, std::pair<RunRow, std::vector<ModelRow>>> run_rows_;
};

}  // namespace changeling

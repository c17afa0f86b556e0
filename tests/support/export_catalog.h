// tests/support/export_catalog.h: a catalog with small real clips, labelled fakes, controls, masks
// and face tracks, made without any network.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/key_ring.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "common/media/labeled_video_writer.h"

namespace changeling {

struct ExportCatalogSpec {
  std::vector<std::string> parts = {"train", "val", "test"};
  int people_per_part = 2;  ///< each with one clip; person i lends the face to person i + 1
  int n_frames = 12;
  std::optional<std::string> suite;  ///< that the runs belong to
  int trims = 0;                     ///< frames of the target before the first one of its fakes
  int width_px = 64;
  int height_px = 48;
  int crf = 23;
  std::string licence = "CC0-1.0";
  std::string consent_basis = "consented";
  bool redistributable = true;
  std::vector<std::string> methods = {"mesh_swap"};  ///< one run each
  bool copies_pixels = false;  ///< everybody shows the clip of the first person
  /// Further runs whose fakes repeat those of the first method, each file and its stream digest
  /// made distinct by a number behind the last box: many items at little cost. Their controls,
  /// masks and sidecars are the same.
  int repeats = 0;
  bool shows_another = false;  ///< in each clip a second face, of nobody known, that stays real
  int brightens_by = 0;        ///< levels that each person's clip is brighter than the one before
  int fakes_crf = -1;       ///< of the fakes' encoding alone, a planted tell-tale; -1 = as others
  bool fakes_grow = false;  ///< fakes are 16 px wider and higher, another one
  int fakes_grain = 0;      ///< levels of a fine grain all over the fakes, another one
  bool has_sound = false;   ///< clips of corpus, fakes and controls have an AAC track
};

/// Split `main`, list `main`, one finished generate run per method; a fake swaps all frames but the
/// first and the last two.
class ExportCatalog {
 public:
  ExportCatalog(const std::filesystem::path& folder, const ExportCatalogSpec& spec = {});

  Database& database() { return *database_; }

  [[nodiscard]] const BlobStore& blobs() const { return blobs_; }

  [[nodiscard]] const CorpusRoots& roots() const { return roots_; }

  [[nodiscard]] const KeyRing& keys() const { return keys_; }

  [[nodiscard]] const std::vector<SubjectId>& subjects() const { return subjects_; }

  [[nodiscard]] const std::vector<MediaId>& media() const { return media_; }

  [[nodiscard]] PairListId list() const { return list_; }

  [[nodiscard]] std::filesystem::path file() const { return folder_ / "catalog.db"; }

  /// As if all media were analysed under other settings: other, larger tracks of the same faces.
  void analyse_again();

  /// Closes the catalog, so that a program may open it for writing.
  void close() { database_.reset(); }

 private:
  void add_person(int index, const std::string& part);
  void add_pairs();
  void run_method(const std::string& method);
  FakeRow make_fake(const JobRow& job, const PairRow& pair, const std::string& method);
  /// Thousands of blobs that wait for the disk each would take minutes.
  [[nodiscard]] BlobRow put_unsynced(const std::string& clip) const;
  FakeRow repeat_fake(const PairRow& pair, const std::string& method);
  /// Records an analysis of a person's clip, without its first `n_missed` frames; ids of the
  /// tracks.
  std::vector<TrackId> add_tracks(int index, int n_missed);
  [[nodiscard]] int seed_of(int index) const;
  /// The frame under the light and shade of a person's room, 8 x 8 cells.
  [[nodiscard]] Frame at_home(const Frame& frame, int index) const;
  [[nodiscard]] std::size_t index_of(MediaId medium) const;

  std::filesystem::path folder_;
  ExportCatalogSpec spec_;
  std::optional<std::filesystem::path> sound_;
  std::unique_ptr<Database> database_;
  BlobStore blobs_;
  CorpusRoots roots_;
  KeyRing keys_;
  CorpusId corpus_;
  std::vector<SplitSubjectRow> parts_;
  std::vector<SubjectId> subjects_;
  std::vector<MediaId> media_;
  std::vector<TrackId> tracks_, other_tracks_;  ///< by medium
  PairListId list_;
  std::map<std::int64_t, FakeRow> first_fakes_;  // by pair
};

}  // namespace changeling

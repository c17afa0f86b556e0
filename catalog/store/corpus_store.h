// catalog/store/corpus_store.h: corpora, subjects, media, sightings, face tracks, cached analyses.
// Layer 1. One thread per object, that of its Database.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// Stage of cached face analyses (face_types.h), before its version.
inline constexpr std::string_view kFaceAnalysisStage = "face_analysis";

class CorpusStore {
 public:
  explicit CorpusStore(Database& database) : database_(database) {}

  /// Adds the corpus, or returns the stored one of equal name and version. Throws Error(kConfig)
  /// when licence, consent basis or redistributable differ from what is stored.
  CorpusId add_corpus(const CorpusRow& corpus);

  /// Each adds the row or returns the id of the existing one (same corpus and ext_id or rel_path);
  /// existing rows keep their values. add_sighting does nothing for an existing key. add_media
  /// stores no probe column but probe_error; the others come from record_probe.
  /// Somebody who was forgotten comes back as their tombstone, or as one of a new version.
  SubjectId add_subject(const SubjectRow& subject);
  MediaId add_media(const MediaRow& media);
  void add_sighting(const SightingRow& sighting);

  /// Notes that the person takes back their consent; a second call keeps the first date.
  void withdraw_subject(SubjectId subject);

  /// Media that show the person, and those of equal bytes, whoever is said to be seen there.
  [[nodiscard]] std::set<MediaId> media_showing(SubjectId subject) const;
  /// Those of everybody withdrawn.
  [[nodiscard]] std::set<MediaId> withdrawn_media() const;
  /// Those of everybody erased: a withdrawal alone does not count.
  [[nodiscard]] std::set<MediaId> erased_media() const;
  /// Everybody who is said to be seen in a medium, or in one of equal bytes.
  [[nodiscard]] std::set<SubjectId> people_seen(MediaId media) const;

  /// "fake", "control" or "mask" when a job of this catalog made the probed file: its bytes, or its
  /// video packets, are those of an artifact.
  [[nodiscard]] std::optional<std::string> made_here(const MediaRow& media) const;

  /// All media of these bytes, in any corpus.
  [[nodiscard]] std::vector<MediaRow> media_of_bytes(const Digest& sha256) const;

  /// Stores what probing found: every probe column of `media` (sha256 .. probe_error), row
  /// media.id; registers the digest as an external blob of `bytes`. Of a file that was replaced,
  /// no track counts until it is analysed again.
  void record_probe(const MediaRow& media, std::int64_t bytes);

  /// In a corpus that ships fakes, every usable video becomes a clip with a label (artifact of kind
  /// fake_video or real_video, profile "asis"), so that detectors can be run on it. A second call
  /// adds nothing.
  void add_labelled_clips(CorpusId corpus);

  [[nodiscard]] std::vector<CorpusRow> corpora() const;
  [[nodiscard]] std::optional<CorpusRow> find_corpus(
      std::string_view name) const;                                       ///< newest version
  [[nodiscard]] CorpusRow corpus(CorpusId id) const;                      ///< throws kCatalog
  [[nodiscard]] std::vector<MediaRow> media(CorpusId corpus) const;       ///< by rel_path
  [[nodiscard]] MediaRow media_by_id(MediaId id) const;                   ///< throws kCatalog
  [[nodiscard]] std::vector<SubjectRow> subjects(CorpusId corpus) const;  ///< by ext_id
  [[nodiscard]] SubjectRow subject_by_id(SubjectId id) const;             ///< throws kCatalog
  [[nodiscard]] std::vector<SightingRow> sightings(
      MediaId media) const;  ///< by subject, sighting, frame

  /// Makes an analysis of the medium, with all its tracks, the one that counts; tracks of others
  /// stay as history. All blobs are durable already. Equal (media, boxes) rows are returned, not
  /// doubled, with the person that is known now. Order of ids = order of `tracks`.
  std::vector<TrackId> record_tracks(MediaId media, const BlobRow& analysis,
                                     const std::vector<TrackRow>& tracks,
                                     const std::vector<BlobRow>& boxes);
  /// Those of the analysis that counts: the one that was made or used last.
  [[nodiscard]] std::vector<TrackRow> tracks(MediaId media) const;
  /// The person's among them.
  [[nodiscard]] std::vector<TrackRow> tracks_of(MediaId media, SubjectId person) const;
  /// Blob of the analysis that counts; nullopt where none was recorded since schema 0005.
  [[nodiscard]] std::optional<Digest> counting_analysis(MediaId media) const;
  /// Of any analysis.
  [[nodiscard]] std::optional<TrackRow> find_track(TrackId id) const;
  /// The target's face that a finished job replaced, and the source's that it took, as the job
  /// noted them, whatever was analysed since. Jobs from before schema 0005 noted no source.
  [[nodiscard]] std::optional<TrackRow> swapped_track(JobId job) const;
  [[nodiscard]] std::optional<TrackRow> source_track(JobId job) const;

  /// Content-keyed results of expensive stages (SHA-256 of video, model set, options, stage
  /// version).
  [[nodiscard]] std::optional<Digest> find_cached_stage(const Digest& key) const;
  /// Blobs that one stage cached in any version ("face_analysis" also finds "face_analysis@2") for
  /// the bytes of a medium, by key: also those made for another medium of the same bytes, since
  /// keys know no media. None for a medium that was not probed.
  [[nodiscard]] std::vector<Digest> cached_stages(MediaId media, std::string_view stage) const;
  /// Another blob under a key that is there takes the place of the old one, which was lost or
  /// damaged; where nothing else needs the old one it is purged, as after an erasure, and returned,
  /// so that its file can go.
  std::optional<Digest> put_cached_stage(const Digest& key, std::string_view stage, MediaId media,
                                         const BlobRow& blob);

 private:
  [[nodiscard]] SubjectRow as_remembered(const SubjectRow& person) const;

  Database& database_;
};

}  // namespace changeling

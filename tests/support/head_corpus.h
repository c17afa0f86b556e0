// tests/support/head_corpus.h: a catalog whose clips are real files of drawn heads with known
// landmarks, so that whole jobs run without any pretrained network.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "generator/job/analysis_source.h"
#include "generator/job/builtin_methods.h"
#include "tests/support/landmark_face.h"

namespace changeling {

/// One person's clip.
struct HeadFile {
  std::string name;  ///< also the person's name
  HeadClip clip;
  bool is_picture = false;  ///< its first frame as PNG, in a file whose name does not tell
};

/// Catalog, corpus folder and objects below one folder. The pair list pairs every person with the
/// next one: pair i is files[i] -> files[i + 1].
class HeadCorpus {
 public:
  HeadCorpus(const std::filesystem::path& folder, const std::vector<HeadFile>& files);

  /// A running run with a job per pair and variant; its id.
  std::string begin_run(const MethodSet& methods, const std::string& params_json = "{}");

  /// Caches what was drawn as the face analysis of the clip; `edit` changes it before.
  void cache_analysis(const HeadFile& file, const std::function<void(VideoAnalysis&)>& edit = {});

  Database database;
  CorpusStore corpora;
  PairStore pairs;
  RunStore runs;
  BlobStore blobs;
  CorpusRoots roots;

 private:
  PairListId list_;
};

/// Answers with what was drawn.
class HeadAnalyses : public AnalysisSource {
 public:
  HeadAnalyses(HeadCorpus& corpus, const std::vector<HeadFile>& files);

  [[nodiscard]] StoredAnalysis analyze(const MediaRow& media, const std::filesystem::path& file,
                                       const std::string& stage, StageTimings& timings,
                                       const std::function<void()>& heartbeat) override;

  [[nodiscard]] const std::vector<ProvenanceModel>& models() override { return models_; }

  /// Changes what is said about a clip from now on.
  void edit(const std::string& file_name, std::function<void(VideoAnalysis&)> change) {
    edits_[file_name] = std::move(change);
  }

 private:
  HeadCorpus& corpus_;
  std::map<std::string, HeadClip> clips_;  ///< by file name
  std::map<std::string, std::function<void(VideoAnalysis&)>> edits_;
  std::vector<ProvenanceModel> models_;
};

/// Writes the clip as FFV1.
void write_head_clip(const std::filesystem::path& file, const HeadClip& clip);

}  // namespace changeling

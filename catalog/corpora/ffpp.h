// catalog/corpora/ffpp.h: FaceForensics++ with DeepFakeDetection, fakes included. Layer 2. No byte
// of it is distributed with this product.
#pragma once

#include "catalog/corpora/corpus.h"

namespace changeling {

/// `original_sequences/{youtube,actors}/<compression>/videos/*.mp4` and
/// `manipulated_sequences/<Method>/<compression>/videos/<target>_<source>.mp4`; the release may lie
/// up to three folders below the root. It names nobody: a person is a video id ("033") or an actor
/// ("actor_07"). `conversion_dict.json`, where it is there, says which ids are cut from one
/// recording, else ffpp_recordings.h; ids that neither knows are counted (no_recordings_list).
/// `splits/{train,val,test}.json` give parts. Seven recordings of the release stand in two parts:
/// counted as parted_recording, they stay in the part that measures (see FakeCorpusScan::finish);
/// fakes that join them with people of the other are counted as parted_fake. Masks are not read:
/// they are approximate.
class FfppCorpus : public Corpus {
 public:
  [[nodiscard]] CorpusDescription describe() const override;
  [[nodiscard]] CorpusScan scan(const std::filesystem::path& root) const override;
};

}  // namespace changeling

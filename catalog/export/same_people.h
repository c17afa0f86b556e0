// catalog/export/same_people.h: one person under two ids, told by their faces. Layer 4, no Torch.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "common/base/ids.h"

namespace changeling {

/// Identity vectors (id512 means) with this cosine or more are one person: the default of
/// `sample.min_identity_cosine` and `export.limits.min_identity_cosine`, and its text.
inline constexpr double kSamePersonCosine = 0.5;
inline constexpr const char* kSamePersonCosineText = "0.5";

/// How a person looks in one recording.
struct PersonLook {
  SubjectId subject;
  MediaId media;
  std::vector<float> identity;  ///< unit norm
};

/// Two ids whose closest recordings show one person.
struct SamePeople {
  SubjectId first, second;  ///< first < second
  double cosine = 0;
};

/// The analysed looks of `people` in the real ones of `media`, each person once per medium, by
/// medium. A fake's face is the lender's, so fakes tell nothing of who is seen in them. Throws
/// Error(kCatalog) when the blob of a track is missing or damaged.
[[nodiscard]] std::vector<PersonLook> load_looks(const CorpusStore& corpora, const BlobStore& blobs,
                                                 const std::set<MediaId>& media,
                                                 const std::set<SubjectId>& people);

/// The same of all media but those that show somebody withdrawn.
[[nodiscard]] std::vector<PersonLook> load_all_looks(const CorpusStore& corpora,
                                                     const BlobStore& blobs,
                                                     const std::set<SubjectId>& people);

/// People with a cosine of `min_cosine` or more, each two once, by id. Looks of unequal length are
/// not compared. Cost: see close_looks.h.
[[nodiscard]] std::vector<SamePeople> find_same_people(const std::vector<PersonLook>& looks,
                                                       double min_cosine);

/// Sentences about those who are not all in one part. `parts`: of the media.
[[nodiscard]] std::vector<std::string> find_people_apart(
    const std::vector<PersonLook>& looks, const std::map<MediaId, std::set<std::string>>& parts,
    double min_cosine);

}  // namespace changeling

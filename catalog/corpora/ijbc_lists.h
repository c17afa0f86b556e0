// catalog/corpora/ijbc_lists.h: the lists of an IJB-C release as one set of annotations. Layer 2,
// internal to the corpora.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/corpora/corpus.h"
#include "catalog/corpora/corpus_files.h"
#include "catalog/corpora/ijbc.h"

namespace changeling {

/// The files of one release, looked up as its lists write them.
class IjbcFiles {
 public:
  /// Finds the release up to three levels below the root. Throws Error(kInput) when there is none.
  IjbcFiles(const std::filesystem::path& root, const std::string& video_glob);

  /// Path of the release below the root, "IJB/IJB-C/" or empty.
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

  [[nodiscard]] const CorpusFiles& all() const { return files_; }

  /// What FILENAME names: below images/ or the release, in any case, with any suffix; videos also
  /// by their bare name.
  [[nodiscard]] CheckedPath resolve(const std::string& listed_name) const;

  [[nodiscard]] bool is_video(std::string_view rel_path) const;

  /// A single frame of a video: it lies in a folder `frames`.
  [[nodiscard]] bool is_frame(std::string_view rel_path) const;

  /// Stills, frames and videos, those under nonfaces/ left out.
  [[nodiscard]] std::vector<std::string> pictures() const;

  /// Lists of annotations in order of trust: the metadata, then all other CSV files by path.
  [[nodiscard]] std::vector<std::string> annotation_lists() const;

  /// ijbc_face_detection_ground_truth.csv, if there.
  [[nodiscard]] std::optional<std::string> face_list() const;

 private:
  /// Of files with one stem the one with the listed suffix, else the first; nullptr = a video only,
  /// where a picture is named.
  [[nodiscard]] const std::string* best_match(const std::vector<std::string>& paths,
                                              const std::string& listed_name,
                                              bool names_picture) const;

  CorpusFiles files_;
  std::string prefix_;
  std::string video_glob_;
  std::map<std::string, std::vector<std::string>, std::less<>> by_stem_;
};

/// One person in one sighting in one file (of a video: at one FRAME_NUM), or an unknown one who has
/// a box there.
struct IjbcAnnotation {
  std::string file;  ///< below the corpus root
  std::optional<std::string> subject, sighting;
  std::optional<std::int64_t> frame_number;
  std::optional<std::array<double, 4>> box_px;  ///< x, y, width, height
  std::optional<double> yaw_deg, roll_deg;
  std::optional<int> occ_mask, facial_hair, indoor, gender, skintone, age;
};

/// Reads all lists: rows that say the same of one person are one annotation, whose gaps later lists
/// fill, and all of a picture have its FRAME_NUM, if known; faces given to two people and rows
/// without person and box are dropped. Sorted by file, then subject (unknown last). Throws
/// Error(kInput) when no list has SUBJECT_ID and FILENAME, or one of a known name is broken; of
/// others what stands above the fault counts.
[[nodiscard]] std::vector<IjbcAnnotation> read_ijbc_annotations(const IjbcFiles& files,
                                                                ProblemCounter& problems);

}  // namespace changeling
